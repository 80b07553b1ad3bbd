import type { Clock } from '@seer/core/basics/clock'
import type { SecretCipher } from '@seer/core/basics/secret-cipher'
import { checkCalendar } from '@seer/core/calendars/connection/check-calendar'
import { checkCalendars } from '@seer/core/calendars/connection/check-calendars'
import { connectCalendar } from '@seer/core/calendars/connection/connect-calendar'
import { disconnectCalendar } from '@seer/core/calendars/connection/disconnect-calendar'
import { dueIntegrations } from '@seer/core/calendars/connection/due-integrations'
import { giveUpSync, syncCalendar } from '@seer/core/calendars/sync/sync-calendar'
import { syncCalendars } from '@seer/core/calendars/sync/sync-calendars'
import { applyRetention } from '@seer/core/erasure/apply-retention'
import { cleanup } from '@seer/core/erasure/cleanup'
import { deleteData } from '@seer/core/erasure/delete-data'
import { finishDeletion } from '@seer/core/erasure/delete-user'
import { deletedUsers } from '@seer/core/erasure/deleted-users'
import type { Retention } from '@seer/core/erasure/retention'
import type { JobQueue } from '@seer/core/jobs/job-queue'
import { requeueStuck } from '@seer/core/jobs/requeue-stuck'
import { type DeliverDeps, deliverEvents } from '@seer/core/log/deliveries/deliver-events'
import { dueEndpoints } from '@seer/core/log/deliveries/delivery-store'
import type { WebhookSender } from '@seer/core/log/deliveries/webhook-sender'
import type { FeedEvent } from '@seer/core/log/feed/feed-event'
import { createBot } from '@seer/core/meetings/bots/create-bot'
import { leaveBot } from '@seer/core/meetings/bots/leave-bot'
import { rescheduleBot } from '@seer/core/meetings/bots/reschedule-bot'
import { syncBot } from '@seer/core/meetings/bots/sync-bot'
import { syncBotStatuses } from '@seer/core/meetings/bots/sync-bot-statuses'
import { dueMeetings } from '@seer/core/meetings/due-meetings'
import { showEvent } from '@seer/core/meetings/views/event-view'
import { scheduleRecordings } from '@seer/core/planning/carry-out/schedule-recordings'
import { scheduleRecordingsSweep } from '@seer/core/planning/carry-out/schedule-recordings-sweep'
import type { Policy } from '@seer/core/planning/policy'
import { collectArtifacts } from '@seer/core/recordings/custody/collect-artifacts'
import { dueArtifacts } from '@seer/core/recordings/custody/consequences'
import { copyArtifact } from '@seer/core/recordings/custody/copy-artifact'
import { deleteArtifact } from '@seer/core/recordings/custody/delete-artifact'
import type { Downloads, MediaReader } from '@seer/core/recordings/custody/downloads'
import { gradeDelivery } from '@seer/core/recordings/delivery/grade-delivery'
import { retranscribe } from '@seer/core/recordings/speech/retranscribe'
import { dueSpeechOrders } from '@seer/core/recordings/speech/speech-orders'
import type { SpeechServices } from '@seer/core/recordings/speech/speech-service'
import type { MissingDeps } from '@seer/core/recordings/speech/transcribe-missing'
import { type VendorFiles, vendorSpeech } from '@seer/core/recordings/speech/vendor-speech'
import type { Storage } from '@seer/core/recordings/storage'
import { readTranscript } from '@seer/core/recordings/transcripts/read-transcript'
import { defaultAccount, type VendorAccounts } from '@seer/core/vendor/vendor-accounts'
import { dueWebhookEvents } from '@seer/core/webhooks/due-webhook-events'
import { giveUpWebhookEvent } from '@seer/core/webhooks/give-up-webhook-event'
import { giveUpWebhookEvents } from '@seer/core/webhooks/give-up-webhook-events'
import { processDueWebhookEvents } from '@seer/core/webhooks/process-due-webhook-events'
import { processWebhookEvent } from '@seer/core/webhooks/process-webhook-event'
import { type ProcessedWebhookEvent, processWebhookEvents } from '@seer/core/webhooks/process-webhook-events'
import type { Database } from '@seer/infra/db/open-db'
import type { Logger } from '@seer/infra/observe/logger'
import { planningDeps } from '@seer/infra/planning-deps'
import type { JobHandlers } from '@seer/infra/queue/handlers'
import type { Registry } from 'prom-client'
import { timeSpeech } from './speech-metrics.ts'

export type HandlerDeps = {
  db: Pick<
    Database,
    | 'meetings'
    | 'artifacts'
    | 'transcripts'
    | 'speechOrders'
    | 'inbox'
    | 'idempotencyKeys'
    | 'integrations'
    | 'calendarEvents'
    | 'oauthFlows'
    | 'scheduling'
    | 'capacity'
    | 'users'
    | 'retention'
    | 'endpoints'
    | 'deliveries'
    | 'feed'
  >
  queue: JobQueue
  vendors: VendorAccounts
  cipher: SecretCipher
  policy: Policy
  storage: Storage
  downloads: Downloads
  media: MediaReader
  speech: { services: Omit<SpeechServices, 'vendor'>; vendorFiles: VendorFiles } & Pick<
    MissingDeps,
    'transcribeMissing'
  >
  recordings: RecordingLimits
  outgoing: { sender: WebhookSender } & Required<Pick<DeliverDeps, 'onAttempt'>>
  /** The address of this installation, for links in events. */
  baseUrl: string
  metrics: Registry
  webhookRetentionMs: number
  /** How long settled deliveries and their attempts are kept. */
  deliveryRetentionMs: number
  eventRetentionMs: number
  /** After how many days data of bots are deleted, whatever their owners say. */
  retentionDays: Retention
  syncEveryMs: number
  newId: () => string
  now: Clock
}

/** Limits of recordings. */
export type RecordingLimits = {
  /** Larger files are not copied. */
  maxBytes: number
  /** How long the vendor keeps the files of a run after its end. */
  vendorKeepsMs: number
}

/** The work of each job, one line a job. */
export function makeHandlers(deps: HandlerDeps): JobHandlers {
  const { queue, cipher, policy, syncEveryMs, webhookRetentionMs, eventRetentionMs, retentionDays, newId, now } = deps
  const { deliveryRetentionMs } = deps
  const { meetings, artifacts, transcripts, inbox, idempotencyKeys, integrations, calendarEvents, oauthFlows } = deps.db
  const { scheduling, users, retention, speechOrders, feed, endpoints, deliveries } = deps.db
  const vendor = deps.vendors.of(defaultAccount)
  const { limits, reader } = vendor
  const bots = { meetings, vendor: vendor.bots, limits, queue, now }
  const connections = { integrations, vendor: vendor.calendars, limits, cipher, queue, now }
  const sync = { integrations, events: calendarEvents, vendor: vendor.calendars, queue, now, syncEveryMs }
  const planning = planningDeps({ db: deps.db, queue, vendor, policy, newId, now })
  const webhooks = { inbox, meetings, transcripts, reader, integrations, queue, newId, now }
  const { transcribeMissing } = deps.speech
  const delivery = { meetings, artifacts, transcripts, speechOrders, transcribeMissing, queue, newId, now }
  const custody = { ...delivery, ...deps.recordings, vendor: vendor.bots }
  const copying = { ...custody, downloads: deps.downloads, media: deps.media, storage: deps.storage }
  const byVendor = vendorSpeech({ bots: vendor.bots, limits, files: deps.speech.vendorFiles })
  const services = timeSpeech(deps.metrics, { ...deps.speech.services, vendor: byVendor })
  const eventView = { lateAccess: policy.lateAccess, baseUrl: deps.baseUrl }
  const show = (event: FeedEvent) => showEvent(event, eventView)
  const delivering = { ...deps.outgoing, endpoints, deliveries, feed, cipher, show, random: Math.random, now }
  const kept = { webhookRetentionMs, eventRetentionMs, deliveryRetentionMs }
  const sources = {
    meetings: dueMeetings(meetings),
    artifacts: dueArtifacts(artifacts),
    transcripts: dueSpeechOrders(speechOrders),
    webhookEvents: dueWebhookEvents(inbox),
    calendars: dueIntegrations(integrations),
    users: deletedUsers(users),
    endpoints: dueEndpoints(deliveries),
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
    'collect-artifacts': ({ meetingId }) => collectArtifacts(custody, { meetingId }),
    'copy-artifact': ({ artifactId }, context) => copyArtifact(copying, { artifactId }, context),
    'delete-artifact': ({ artifactId }) => deleteArtifact(copying, { artifactId }),
    'delete-data': ({ meetingId }) => deleteData({ ...custody, inbox, limits }, { meetingId }),
    'read-transcript': ({ meetingId }) => readTranscript(copying, { meetingId }),
    retranscribe: ({ transcriptId }, context) =>
      retranscribe({ ...delivery, storage: deps.storage, services, cipher }, { transcriptId }, context),
    'grade-delivery': ({ meetingId }) => gradeDelivery(delivery, meetingId),
    'deliver-events': ({ endpointId }, context) => deliverEvents(delivering, { endpointId }, context),
    'delete-user': ({ userId }) =>
      finishDeletion({ users, meetings, integrations, transcripts, queue, now }, { userId }),
    'schedule-recordings': ({ userId }) => scheduleRecordings(planning, { userId }),
    'schedule-recordings-sweep': (_, context) => scheduleRecordingsSweep({ scheduling, meetings, queue, now }, context),
    'sync-bot': ({ meetingId }) => syncBot(bots, { meetingId }),
    'sync-bot-statuses': (_, context) => syncBotStatuses({ meetings, vendor: vendor.bots, queue, now }, context),
    'connect-calendar': ({ integrationId }) => connectCalendar(connections, { integrationId }),
    'disconnect-calendar': ({ integrationId }) => disconnectCalendar(connections, { integrationId }),
    'sync-calendar': {
      run: ({ integrationId }, context) => syncCalendar(sync, { integrationId }, context),
      exhausted: ({ integrationId }, error) => giveUpSync(sync, { integrationId }, error),
    },
    'check-calendar': ({ integrationId }) => checkCalendar(connections, { integrationId }),
    'sync-calendars': (_, context) => syncCalendars(sync, context),
    'check-calendars': (_, context) => checkCalendars(connections, context),
    'requeue-stuck': () => requeueStuck({ sources, queue, now }),
    'apply-retention': (_, context) => applyRetention({ meetings, retention, retentionDays, queue, now }, context),
    cleanup: () =>
      cleanup({ inbox, idempotencyKeys, calendarEvents, oauthFlows, feed, deliveries, endpoints, ...kept, now }),
  }
}

/** Logs a line for each event, so that it can be found by its id. One job may process many events. */
function logProcessed(log: Logger) {
  return ({ error, ...event }: ProcessedWebhookEvent): void => {
    if (error === undefined) log.info(event, 'webhook.processed')
    else log.warn({ ...event, err: error }, 'webhook.processed')
  }
}
