import type { Clock } from '@seer/core/basics/clock'
import { checkCalendar } from '@seer/core/calendars/connection/check-calendar'
import { checkCalendars } from '@seer/core/calendars/connection/check-calendars'
import { connectCalendar } from '@seer/core/calendars/connection/connect-calendar'
import { disconnectCalendar } from '@seer/core/calendars/connection/disconnect-calendar'
import { dueIntegrations } from '@seer/core/calendars/connection/due-integrations'
import type { TokenCipher } from '@seer/core/calendars/connection/token-cipher'
import { giveUpSync, syncCalendar } from '@seer/core/calendars/sync/sync-calendar'
import { syncCalendars } from '@seer/core/calendars/sync/sync-calendars'
import { cleanup } from '@seer/core/erasure/cleanup'
import { finishDeletion } from '@seer/core/erasure/delete-user'
import { deletedUsers } from '@seer/core/erasure/deleted-users'
import type { JobQueue } from '@seer/core/jobs/job-queue'
import { requeueStuck } from '@seer/core/jobs/requeue-stuck'
import { createBot } from '@seer/core/meetings/bots/create-bot'
import { leaveBot } from '@seer/core/meetings/bots/leave-bot'
import { rescheduleBot } from '@seer/core/meetings/bots/reschedule-bot'
import { syncBot } from '@seer/core/meetings/bots/sync-bot'
import { syncBotStatuses } from '@seer/core/meetings/bots/sync-bot-statuses'
import { dueMeetings } from '@seer/core/meetings/due-meetings'
import type { SharingScope } from '@seer/core/meetings/sharing/sharing'
import { scheduleRecordings } from '@seer/core/planning/carry-out/schedule-recordings'
import { scheduleRecordingsSweep } from '@seer/core/planning/carry-out/schedule-recordings-sweep'
import type { BotDefaults } from '@seer/core/vendor/bot-config'
import type { VendorBots } from '@seer/core/vendor/vendor-bots'
import type { VendorCalendars } from '@seer/core/vendor/vendor-calendars'
import { dueWebhookEvents } from '@seer/core/webhooks/due-webhook-events'
import { giveUpWebhookEvent } from '@seer/core/webhooks/give-up-webhook-event'
import { giveUpWebhookEvents } from '@seer/core/webhooks/give-up-webhook-events'
import { processDueWebhookEvents } from '@seer/core/webhooks/process-due-webhook-events'
import { processWebhookEvent } from '@seer/core/webhooks/process-webhook-event'
import { type ProcessedWebhookEvent, processWebhookEvents } from '@seer/core/webhooks/process-webhook-events'
import type { WebhookReader } from '@seer/core/webhooks/webhook-reader'
import type { Database } from '@seer/infra/db/open-db'
import type { Logger } from '@seer/infra/observe/logger'
import type { JobHandlers } from '@seer/infra/queue/handlers'

export type HandlerDeps = {
  db: Pick<
    Database,
    | 'meetings'
    | 'inbox'
    | 'idempotencyKeys'
    | 'vendorLimits'
    | 'calendars'
    | 'calendarEvents'
    | 'oauthFlows'
    | 'scheduling'
    | 'capacity'
    | 'users'
  >
  queue: JobQueue
  vendor: VendorBots
  calendarVendor: VendorCalendars
  cipher: TokenCipher
  reader: Pick<WebhookReader, 'reread'>
  botDefaults: BotDefaults
  /** Whether meetings are recorded by rule here. */
  byRule: boolean
  sharing: SharingScope
  /** Bots that the vendor's plan allows within 24 hours; null when nobody has told. */
  botsPerDay: number | null
  webhookRetentionMs: number
  syncEveryMs: number
  newId: () => string
  now: Clock
}

/** What each job does: one line a job. */
export function makeHandlers(deps: HandlerDeps): JobHandlers {
  const { queue, reader, webhookRetentionMs, now } = deps
  const { meetings, inbox, idempotencyKeys, vendorLimits: limits, calendars, calendarEvents, oauthFlows } = deps.db
  const bots = { meetings, vendor: deps.vendor, limits, queue, now }
  const { cipher, syncEveryMs } = deps
  const vendor = { calendars, vendor: deps.calendarVendor, limits, cipher, queue, now }
  const sync = { calendars, events: calendarEvents, vendor: deps.calendarVendor, queue, now, syncEveryMs }
  const { scheduling, capacity, users } = deps.db
  const { botDefaults: defaults, byRule, sharing, botsPerDay, newId } = deps
  const stores = { scheduling, capacity, meetings }
  const planning = { ...stores, queue, defaults, byRule, sharing, botsPerDay, newId, now }
  const webhooks = { inbox, meetings, reader, calendars, queue, now }
  const sources = {
    meetings: dueMeetings(meetings),
    webhookEvents: dueWebhookEvents(inbox),
    calendars: dueIntegrations(calendars),
    users: deletedUsers(users),
  }
  return {
    'process-webhook-events': {
      run: ({ webhookEventIds }, { log }) =>
        processWebhookEvents({ ...webhooks, onProcessed: logProcessed(log) }, { webhookEventIds }),
      exhausted: ({ webhookEventIds }, error) => giveUpWebhookEvents({ queue }, { webhookEventIds }, error),
    },
    'process-due-webhook-events': {
      run: (_, { log, signal }) => processDueWebhookEvents({ ...webhooks, onProcessed: logProcessed(log) }, { signal }),
      exhausted: (_, error) => giveUpWebhookEvents({ queue }, { webhookEventIds: [] }, error),
    },
    'process-webhook-event': {
      run: async ({ webhookEventId }, { log }) => {
        const applied = await processWebhookEvent(webhooks, { webhookEventId })
        logProcessed(log)({ webhookEventId, ...applied })
        return applied
      },
      exhausted: ({ webhookEventId }, error) => giveUpWebhookEvent({ inbox, now }, { webhookEventId }, error),
    },
    'create-bot': ({ meetingId }) => createBot(bots, { meetingId }),
    'leave-bot': ({ meetingId }) => leaveBot(bots, { meetingId }),
    'reschedule-bot': ({ meetingId }) => rescheduleBot(bots, { meetingId }),
    'delete-user': ({ userId }) => finishDeletion({ users, meetings, calendars, queue, now }, { userId }),
    'schedule-recordings': ({ userId }) => scheduleRecordings(planning, { userId }),
    'schedule-recordings-sweep': (_, context) => scheduleRecordingsSweep({ scheduling, meetings, queue }, context),
    'sync-bot': ({ meetingId }) => syncBot(bots, { meetingId }),
    'sync-bot-statuses': (_, context) => syncBotStatuses({ meetings, vendor: deps.vendor, queue, now }, context),
    'connect-calendar': ({ integrationId }) => connectCalendar(vendor, { integrationId }),
    'disconnect-calendar': ({ integrationId }) => disconnectCalendar(vendor, { integrationId }),
    'sync-calendar': {
      run: ({ integrationId }, context) => syncCalendar(sync, { integrationId }, context),
      exhausted: ({ integrationId }, error) => giveUpSync(sync, { integrationId }, error),
    },
    'check-calendar': ({ integrationId }) => checkCalendar(vendor, { integrationId }),
    'sync-calendars': (_, context) => syncCalendars(sync, context),
    'check-calendars': (_, context) => checkCalendars(vendor, context),
    'requeue-stuck': () => requeueStuck({ sources, queue, now }),
    cleanup: () => cleanup({ inbox, idempotencyKeys, calendarEvents, oauthFlows, webhookRetentionMs, now }),
  }
}

/** A line for each event, so that one is found by its id whatever job it came in. */
function logProcessed(log: Logger) {
  return ({ error, ...event }: ProcessedWebhookEvent): void => {
    if (error === undefined) log.info(event, 'webhook.processed')
    else log.warn({ ...event, err: error }, 'webhook.processed')
  }
}
