import { Readable } from 'node:stream'
import type { EventFeed, FeedFilter } from '@seer/core/log/feed/event-feed'
import type { EventViewOptions } from '@seer/core/meetings/views/event-view'
import { heartbeatFrame, retryFrame, toFrame } from './frame.ts'
import type { Gate } from './gate.ts'
import type { Seat } from './hub.ts'
import type { StreamLimits } from './stream-limits.ts'

export type EventStreamOptions = {
  seat: Seat
  feed: Pick<EventFeed, 'page'>
  filter: FeedFilter
  /** The position after which the reader goes on. */
  after: number
  view: EventViewOptions
  limits: StreamLimits
  /** How long the stream lives at most, in milliseconds. */
  endsIn: number
  /** Streams that begin at the same moment share the connections to the database. */
  gate: Gate
  /** Cuts the connection of a client that takes nothing. */
  cut: () => void
}

/** How many events are replayed in one piece. */
const replayedAtOnce = 100

/** Text in the form of Server-Sent Events: what happened after a position, and then what happens. Give it a `stop` to end. */
export type EventStream = { readable: Readable; stop(): void }

export function openEventStream(options: EventStreamOptions): EventStream {
  const { seat, limits, cut } = options
  let isHanding = false

  /** Hands a text to the connection. It comes back when the connection takes more. */
  async function* hand(text: string): AsyncGenerator<string> {
    const blocked = setTimeout(cut, limits.blockedAtMost)
    isHanding = true
    try {
      yield text
    } finally {
      isHanding = false
      clearTimeout(blocked)
    }
  }

  async function* frames(): AsyncGenerator<string> {
    yield* hand(retryFrame)
    for await (const text of replay(options)) yield* hand(text)
    for (let text = await seat.take(); text !== null; text = await seat.take()) yield* hand(text)
  }

  const readable = Readable.from(frames(), { highWaterMark: 1 })
  const heartbeat = setInterval(() => seat.offer(heartbeatFrame(seat.position())), limits.heartbeatEvery)
  const end = setTimeout(seat.end, options.endsIn)
  readable.once('close', () => {
    clearInterval(heartbeat)
    clearTimeout(end)
    seat.leave()
  })
  return {
    readable,
    stop() {
      seat.end()
      if (isHanding) cut()
    },
  }
}

/**
 * First everything up to the present without following, because that may be long. Then what happened meanwhile, while newer
 * events are kept already, so that nothing is between.
 */
async function* replay({ seat, feed, filter, after, view, gate }: EventStreamOptions): AsyncGenerator<string> {
  let at = after
  for (const isFollowing of [false, true]) {
    const upTo = isFollowing ? seat.follow(at) : seat.position()
    while (at < upTo && !seat.hasEnded()) {
      const page = await gate(() => feed.page({ ...filter, after: at, upTo, limit: replayedAtOnce }))
      // Retention has overtaken a slow reader. When it comes back, it is told so.
      if (seat.bounds().removed > at) return seat.end()
      at = page.next
      if (page.events.length > 0) yield page.events.map((event) => toFrame(event, view)).join('')
    }
  }
}
