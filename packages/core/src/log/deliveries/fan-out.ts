import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { EventFeed } from '../feed/event-feed.ts'
import { type DeliveryStore, deliverJob, dueEndpoints } from './delivery-store.ts'

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
 * whose next attempt is due. Any number of processes may do this at the same time.
 */
export async function fanOut({ feed, deliveries, queue, now }: Deps): Promise<void> {
  await feed.number()
  for (const step of [deliveries.fanOut, deliveries.fanOutReplays]) {
    for (let hasMore = true; hasMore; ) {
      const fanned = await step(now(), eventsAtOnce)
      await queue.wake(fanned.endpointIds.map(deliverJob))
      hasMore = fanned.hasMore
    }
  }
  const { jobs } = await dueEndpoints(deliveries).claimDue(now(), endpointsAtOnce)
  await queue.wake(jobs)
}
