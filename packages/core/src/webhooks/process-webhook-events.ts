import { isUnavailable, type RetryableError } from '../basics/errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { AppliedWebhookEvent, ApplyDeps } from './apply-webhook-event.ts'
import { applyWebhookEvents } from './apply-webhook-events.ts'

export type ProcessedWebhookEvent = {
  webhookEventId: string
  /** `handed_over`: it failed for a reason of its own and goes on in a job of its own. */
  outcome: AppliedWebhookEvent['outcome'] | 'handed_over'
  meetingId: string | null
  integrationId?: string | null
  error?: unknown
}

export type ProcessDeps = ApplyDeps & {
  queue: Pick<JobQueue, 'enqueueMany'>
  /** Told of each event, as soon as it has ended. */
  onProcessed: (event: ProcessedWebhookEvent) => void
}

/** How many events a job carries at most: one statement takes so many with ease, and a job repeated repeats little. */
export const eventsPerJob = 50

/** The payloads of the jobs for these events. */
export function jobsFor(webhookEventIds: readonly string[]): { webhookEventIds: string[] }[] {
  const count = Math.ceil(webhookEventIds.length / eventsPerJob)
  return Array.from({ length: count }, (_, i) => ({
    webhookEventIds: webhookEventIds.slice(i * eventsPerJob, (i + 1) * eventsPerJob),
  }))
}

/**
 * Applies stored events that came together. Safe to repeat as a whole, also while it runs elsewhere: what is done is
 * found done. An event that fails for a reason of its own is handed to a `process-webhook-event`, which has its own
 * attempts and its own dead letter, so that no event takes another with it.
 * @returns the outcome of each event by its id
 * @throws RetryableError SERVICE_UNAVAILABLE when the database or the queue was away for some of the events
 */
export async function processWebhookEvents(
  deps: ProcessDeps,
  { webhookEventIds }: { webhookEventIds: readonly string[] },
): Promise<Record<string, ProcessedWebhookEvent['outcome']>> {
  const outcomes: Record<string, ProcessedWebhookEvent['outcome']> = {}
  const failed: { webhookEventId: string; error: unknown }[] = []
  const away: RetryableError[] = []
  await applyWebhookEvents(deps, webhookEventIds, (ending) => {
    if (!('error' in ending)) {
      outcomes[ending.webhookEventId] = ending.outcome
      deps.onProcessed(ending)
    } else if (isUnavailable(ending.error)) away.push(ending.error)
    else failed.push(ending)
  })
  await handOver(
    deps.queue,
    failed.map(({ webhookEventId }) => webhookEventId),
  )
  for (const { webhookEventId, error } of failed) {
    outcomes[webhookEventId] = 'handed_over'
    deps.onProcessed({ webhookEventId, outcome: 'handed_over', meetingId: null, error })
  }
  if (away[0]) throw away[0]
  return outcomes
}

/** Each of these events goes on in a job of its own. */
export async function handOver(
  queue: Pick<JobQueue, 'enqueueMany'>,
  webhookEventIds: readonly string[],
): Promise<void> {
  const payloads = webhookEventIds.map((webhookEventId) => ({ webhookEventId, round: 0 }))
  if (payloads.length > 0) await queue.enqueueMany('process-webhook-event', payloads)
}
