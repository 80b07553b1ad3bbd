import { z } from 'zod'
import { defineJob } from '../define-job.ts'
import { minutes, nothing, seconds } from './terms.ts'

/**
 * Applies stored webhooks that came together. The whole job is tried again only when the database or the queue is down.
 * An event that fails for another reason goes on in a `process-webhook-event`.
 */
export const processWebhookEventsJob = defineJob({
  name: 'process-webhook-events',
  queue: 'webhooks',
  payload: z.object({ webhookEventIds: z.array(z.uuid()).min(1).max(500) }),
  retry: { attempts: 5, firstDelayMs: 1 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 60 * seconds,
})

/** Applies one stored webhook that failed in a job with others. `giveUpWebhookEvent` decides how it ends. */
export const processWebhookEventJob = defineJob({
  name: 'process-webhook-event',
  queue: 'webhooks',
  payload: z.object({ webhookEventId: z.uuid(), round: z.int().min(0) }),
  retry: { attempts: 5, firstDelayMs: 1 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 30 * seconds,
  latest: (p) => p.webhookEventId,
})

/**
 * Applies all webhooks whose own jobs are overdue. At most one such job waits, however many events are due and however
 * long nobody has served the queue.
 */
export const processDueWebhookEventsJob = defineJob({
  name: 'process-due-webhook-events',
  queue: 'webhooks',
  payload: nothing,
  retry: { attempts: 5, firstDelayMs: 1 * seconds, maxDelayMs: 60 * seconds },
  timeoutMs: 5 * minutes,
  latest: () => 'all',
})
