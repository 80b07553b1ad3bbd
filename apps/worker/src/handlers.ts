import { createBot } from '@seer/core/bots/create-bot'
import { leaveBot } from '@seer/core/bots/leave-bot'
import type { MeetingProvider } from '@seer/core/bots/meeting-provider'
import { syncBot } from '@seer/core/bots/sync-bot'
import { syncBotStatuses } from '@seer/core/bots/sync-bot-statuses'
import type { Clock } from '@seer/core/clock'
import type { JobQueue } from '@seer/core/jobs/job-queue'
import { cleanup } from '@seer/core/sweeps/cleanup'
import { requeueStuck } from '@seer/core/sweeps/requeue-stuck'
import { processWebhookEvent } from '@seer/core/webhooks/process-webhook-event'
import type { WebhookReader } from '@seer/core/webhooks/webhook-reader'
import type { Database } from '@seer/infra/db/open-db'
import type { JobHandlers } from '@seer/infra/queue/handlers'

export type HandlerDeps = {
  db: Pick<Database, 'meetings' | 'inbox' | 'idempotencyKeys' | 'providerLimits'>
  queue: JobQueue
  provider: MeetingProvider
  reader: Pick<WebhookReader, 'reread'>
  webhookRetentionMs: number
  now: Clock
}

/** What each job does: one line a job. */
export function makeHandlers({ db, queue, provider, reader, webhookRetentionMs, now }: HandlerDeps): JobHandlers {
  const { meetings, inbox, idempotencyKeys, providerLimits: limits } = db
  return {
    'process-webhook-event': {
      run: ({ webhookEventId }) => processWebhookEvent({ inbox, reader, now }, { webhookEventId }),
      exhausted: ({ webhookEventId }, error) => inbox.saveFailed(webhookEventId, error.message),
    },
    'create-bot': ({ meetingId }) => createBot({ meetings, provider, limits, now }, { meetingId }),
    'leave-bot': ({ meetingId }) => leaveBot({ meetings, provider, limits, now }, { meetingId }),
    'sync-bot': ({ meetingId }) => syncBot({ meetings, provider, limits, now }, { meetingId }),
    'sync-bot-statuses': () => syncBotStatuses({ meetings, provider, queue, now }),
    'requeue-stuck': () => requeueStuck({ meetings, inbox, queue, now }),
    cleanup: () => cleanup({ inbox, idempotencyKeys, webhookRetentionMs, now }),
  }
}
