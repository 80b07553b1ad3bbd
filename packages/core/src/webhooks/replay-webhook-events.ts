import type { Clock } from '../basics/clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { urgency } from '../jobs/urgency.ts'
import type { InboxAdmin, InboxFilter } from './inbox-admin.ts'
import { jobsFor } from './process-webhook-events.ts'

type Deps = {
  inbox: Pick<InboxAdmin, 'requeue'>
  queue: Pick<JobQueue, 'enqueueMany'>
  now: Clock
  /** Told when jobs could not be enqueued; the requeue-stuck sweep will do it. */
  onEnqueueFailed: (error: unknown) => void
}

const batchSize = 500
/** Should the queue be down, the sweep starts the events after this time. */
const sweepAfterMs = 60_000

/**
 * Processes stored events again: one by its id, or all that match. Safe any number of times: an event that has had its
 * effect has none again, and what the state machine finds late stays late.
 * @returns how many events were started
 */
export async function replayWebhookEvents(deps: Deps, filter: InboxFilter & { id?: string }): Promise<number> {
  let replayed = 0
  let afterId: string | null = null
  do {
    const dueAt = new Date(deps.now().getTime() + sweepAfterMs)
    const ids: string[] = await deps.inbox.requeue(filter, afterId, batchSize, dueAt)
    if (ids.length > 0) {
      // Behind what comes in meanwhile.
      const inLine = { urgency: urgency.routine }
      await deps.queue.enqueueMany('process-webhook-events', jobsFor(ids), inLine).catch(deps.onEnqueueFailed)
    }
    replayed += ids.length
    afterId = ids.length === batchSize ? (ids.at(-1) ?? null) : null
  } while (afterId !== null)
  return replayed
}
