import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { EventFeed } from '../feed/event-feed.ts'
import { type DeliveryStore, deliverJob, dueEndpoints, type FannedOut } from './delivery-store.ts'

type Deps = {
  feed: Pick<EventFeed, 'number'>
  deliveries: Pick<DeliveryStore, 'fanOut' | 'fanOutReplays' | 'claimDueEndpoints'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

const eventsAtOnce = 1_000
const endpointsAtOnce = 500

/**
 * Makes deliveries of all events that are committed by now, and starts the jobs of the endpoints that get something, or
 * whose next attempt is due. Any number of processes may do this at the same time. A replay may go through millions of
 * events, so between any two steps of it everything else gets its turn.
 */
export async function fanOut({ feed, deliveries, queue, now }: Deps): Promise<void> {
  const take = async (step: (at: Date, limit: number) => Promise<FannedOut>): Promise<boolean> => {
    const { endpointIds, hasMore } = await step(now(), eventsAtOnce)
    await queue.wake(endpointIds.map(deliverJob))
    return hasMore
  }
  for (let isReplaying = true; isReplaying; isReplaying = await take(deliveries.fanOutReplays)) {
    await feed.number()
    for (let hasMore = true; hasMore; ) hasMore = await take(deliveries.fanOut)
    const { jobs } = await dueEndpoints(deliveries).claimDue(now(), endpointsAtOnce)
    await queue.wake(jobs)
  }
}
