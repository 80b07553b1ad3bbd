import type { Clock } from '../basics/clock.ts'
import { batchesOf } from '../basics/in-batches.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { urgency } from '../jobs/urgency.ts'
import type { InboxAdmin, InboxFilter } from './inbox-admin.ts'
import { jobsFor } from './process-webhook-events.ts'

type Deps = {
  inbox: Pick<InboxAdmin, 'requeue'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

const batchSize = 500
/** If the queue is down, the sweep starts the events after this time. */
const sweepAfterMs = 60_000

/**
 * Processes stored events again: one by its id, or all that match. Safe any number of times: an event that had its
 * effect has none again, and an event that was late stays late.
 * @returns how many events were started
 */
export async function replayWebhookEvents(deps: Deps, filter: InboxFilter & { id?: string }): Promise<number> {
  let replayed = 0
  const requeue = (afterId: string | null) =>
    deps.inbox.requeue(filter, afterId, batchSize, new Date(deps.now().getTime() + sweepAfterMs))
  for await (const ids of batchesOf(requeue, { size: batchSize })) {
    // After the events that come in meanwhile.
    const inLine = { name: 'process-webhook-events' as const, urgency: urgency.routine }
    await deps.queue.wake(jobsFor(ids).map((payload) => ({ ...inLine, payload })))
    replayed += ids.length
  }
  return replayed
}
