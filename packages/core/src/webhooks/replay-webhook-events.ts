import type { Clock } from '../basics/clock.ts'
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
  let afterId: string | null = null
  do {
    const dueAt = new Date(deps.now().getTime() + sweepAfterMs)
    const ids: string[] = await deps.inbox.requeue(filter, afterId, batchSize, dueAt)
    // After the events that come in meanwhile.
    const inLine = { name: 'process-webhook-events' as const, urgency: urgency.routine }
    await deps.queue.wake(jobsFor(ids).map((payload) => ({ ...inLine, payload })))
    replayed += ids.length
    afterId = ids.length === batchSize ? (ids.at(-1) ?? null) : null
  } while (afterId !== null)
  return replayed
}
