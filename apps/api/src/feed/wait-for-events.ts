import type { FeedPage } from '@seer/core/log/feed/event-feed'
import type { Hub, SeatOrder } from './hub.ts'

export type Wait = Pick<SeatOrder, 'userId' | 'filter'> & {
  after: number
  /** Milliseconds. */
  atMost: number
  /** Reads a page of events up to a position. */
  read: (upTo: number) => Promise<FeedPage>
  /** Gets what ends the wait early. */
  onBegin: (end: () => void) => void
}

/**
 * Waits until there are events after a position, and reads them.
 * @returns an empty page when there were none
 * @throws what `enter` of the hub throws
 */
export async function waitForEvents(
  hub: Hub,
  { userId, filter, after, atMost, read, onBegin }: Wait,
): Promise<FeedPage> {
  const seat = await hub.enter({ userId, filter, onEnd: () => {} })
  const timer = setTimeout(seat.end, atMost)
  onBegin(seat.end)
  try {
    const handedOut = seat.follow(after)
    if (handedOut > after) {
      const page = await read(handedOut)
      if (page.events.length > 0 || page.hasMore) return page
    }
    const hasEvents = (await seat.take()) !== null
    if (hasEvents) return await read(seat.position())
    return { events: [], next: Math.max(after, seat.position()), hasMore: false }
  } finally {
    clearTimeout(timer)
    seat.leave()
  }
}
