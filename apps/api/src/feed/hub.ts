import { setTimeout as delay } from 'node:timers/promises'
import { RetryableError } from '@seer/core/basics/errors'
import type { EventFeed, FeedBounds, FeedFilter } from '@seer/core/log/feed/event-feed'
import type { EventViewOptions } from '@seer/core/meetings/views/event-view'
import type { Logger } from '@seer/infra/observe/logger'
import type { FeedHint } from '@seer/infra/queue/feed-hint'
import { newAlarm } from './alarm.ts'
import { newMailbox } from './mailbox.ts'
import { openSeats } from './seats.ts'
import type { StreamLimits } from './stream-limits.ts'

/** The place of somebody who follows the feed in this process: a stream, or a request that waits. */
export type Seat = {
  /**
   * From now on, newer events than `after` are kept for `take`.
   * @returns the position up to which events were handed out already. What is not after it has to be read from the feed.
   */
  follow(after: number): number
  /** Where the feed begins and ends, as of the last look. */
  bounds(): FeedBounds
  /** Up to where events have been handed out. */
  position(): number
  /** Waits for events and takes all that are there, as the text of a stream. Null when the seat has ended. */
  take(): Promise<string | null>
  /** Adds another text, unless something waits already. */
  offer(text: string): void
  /** Nothing more comes. */
  end(): void
  hasEnded(): boolean
  /** Gives the place back. */
  leave(): void
}

export type SeatOrder = {
  userId: string
  filter: FeedFilter
  /** Called when too much waits for the seat, or when the process stops. Then the seat has ended. */
  onEnd: (why: 'behind' | 'stopping') => void
}

export type Hub = {
  /**
   * @throws Problem TOO_MANY_STREAMS
   * @throws RetryableError SERVICE_UNAVAILABLE
   */
  enter(order: SeatOrder): Promise<Seat>
  /** How many seats are taken. */
  count(): number
  /** Ends all seats, and lets nobody in any more. */
  close(): void
}

export type HubDeps = {
  feed: Pick<EventFeed, 'number' | 'addressed'>
  hint: Pick<FeedHint, 'listen'>
  log: Logger
  view: EventViewOptions
  limits: StreamLimits
}

/** How many events are handed out in one step. Between steps, streams take what they have, so a burst does not fill them. */
const handedOutAtOnce = 25
/** Milliseconds between two looks. Hints of many processes would come too often. */
const shortestPause = 25

/** The time from the first seat to the last. `position`: up to where events have been handed out. */
type Watch = FeedBounds & { position: number; end: () => void }

/**
 * Reads the log once for everybody who follows it in this process, and only while somebody does: it gives positions to
 * what is new, reads it, and hands it out. A hint makes it look at once.
 */
export function openHub({ feed, hint, log, view, limits }: HubDeps): Hub {
  const seats = openSeats(limits, view)
  const closers = new Set<() => void>()
  let watch: Watch | null = null
  let isClosed = false

  function begin(bounds: FeedBounds): Watch {
    const alarm = newAlarm()
    const stopListening = hint.listen(alarm.ring)
    const end = () => {
      stopListening()
      alarm.ring()
    }
    const begun: Watch = { ...bounds, position: bounds.newest, end }
    void run(begun, alarm.wait)
    return begun
  }

  async function run(own: Watch, wait: (timeoutMs: number) => Promise<void>): Promise<void> {
    let isFailing = false
    do {
      try {
        await look(own)
        isFailing = false
      } catch (error) {
        if (!isFailing) log.warn({ err: error }, 'feed.read_failed')
        isFailing = true
      }
      await delay(shortestPause)
      await wait(limits.lookEvery)
    } while (watch === own)
  }

  async function look(own: Watch): Promise<void> {
    Object.assign(own, await feed.number())
    if (own.newest < own.position) startOver(own)
    while (own.position < own.newest) {
      const { position, newest } = own
      const events = await feed.addressed({ after: position, upTo: newest, limit: handedOutAtOnce })
      if (watch !== own) return
      seats.handOut(events)
      own.position = Math.min(position + handedOutAtOnce, newest)
    }
  }

  /** The database was replaced by an older one. Whoever comes back is told that their position does not exist. */
  function startOver(own: Watch): void {
    for (const close of closers) close()
    own.position = own.newest
  }

  function endWatch(): void {
    watch?.end()
    watch = null
  }

  async function enter(order: SeatOrder): Promise<Seat> {
    if (isClosed) throw stopping()
    const giveBack = seats.take(order.userId)
    const leave = () => {
      giveBack()
      if (seats.count() === 0) endWatch()
    }
    try {
      const bounds = watch ?? (await feed.number())
      if (isClosed) throw stopping()
      watch ??= begin(bounds)
    } catch (error) {
      leave()
      throw error
    }
    return seatIn(watch, order, leave)
  }

  function seatIn(own: Watch, { filter, onEnd }: SeatOrder, giveBack: () => void): Seat {
    const mailbox = newMailbox()
    let stopFollowing = () => {}
    let hasLeft = false
    const end = (why: 'behind' | 'stopping') => {
      mailbox.close()
      stopFollowing()
      onEnd(why)
    }
    const close = () => end('stopping')
    closers.add(close)
    return {
      follow(after) {
        const give = (frame: string) => {
          if (mailbox.put(frame) > limits.waitingAtMost) end('behind')
        }
        stopFollowing = seats.follow({ filter, after, give })
        return own.position
      },
      bounds: () => ({ removed: own.removed, newest: own.newest }),
      position: () => own.position,
      take: mailbox.take,
      offer: (text) => {
        if (mailbox.isEmpty()) mailbox.put(text)
      },
      end: mailbox.close,
      hasEnded: mailbox.isClosed,
      leave() {
        if (hasLeft) return
        hasLeft = true
        closers.delete(close)
        mailbox.close()
        stopFollowing()
        giveBack()
      },
    }
  }

  return {
    enter,
    count: seats.count,
    close() {
      isClosed = true
      for (const close of closers) close()
    },
  }
}

const stopping = () => new RetryableError('SERVICE_UNAVAILABLE', { detail: 'This server stops; connect again.' })
