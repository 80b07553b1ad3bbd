import { isUnavailable, type RetryableError } from '../basics/errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { AppliedWebhookEvent, ApplyDeps } from './apply-webhook-event.ts'
import { applyWebhookEvents } from './apply-webhook-events.ts'

export type ProcessedWebhookEvent = {
  webhookEventId: string
  /** `handed_over`: the event failed for its own reason and goes on in its own job. */
  outcome: AppliedWebhookEvent['outcome'] | 'handed_over'
  meetingId: string | null
  integrationId?: string | null
  error?: unknown
}

export type ProcessDeps = ApplyDeps & {
  queue: Pick<JobQueue, 'enqueueMany'>
  /** Called for each event as soon as it has ended. */
  onProcessed: (event: ProcessedWebhookEvent) => void
}

/** The most events in a job. One statement handles so many with ease, and a repeated job repeats little. */
export const eventsPerJob = 50

/** The payloads of the jobs for these events. */
export function jobsFor(webhookEventIds: readonly string[]): { webhookEventIds: string[] }[] {
  const count = Math.ceil(webhookEventIds.length / eventsPerJob)
  return Array.from({ length: count }, (_, i) => ({
    webhookEventIds: webhookEventIds.slice(i * eventsPerJob, (i + 1) * eventsPerJob),
  }))
}

/**
 * Applies stored events that came together. Safe to repeat as a whole, even while it runs elsewhere: it finds what is
 * done. An event that fails for its own reason is handed to a `process-webhook-event`, which has its own attempts and
 * its own dead letter. So no event harms another.
 * @returns the outcome of each event by its id
 * @throws RetryableError SERVICE_UNAVAILABLE when the database or the queue was down for some of the events
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

/** Gives each of these events its own job. */
export async function handOver(
  queue: Pick<JobQueue, 'enqueueMany'>,
  webhookEventIds: readonly string[],
): Promise<void> {
  const payloads = webhookEventIds.map((webhookEventId) => ({ webhookEventId, round: 0 }))
  if (payloads.length > 0) await queue.enqueueMany('process-webhook-event', payloads)
}
