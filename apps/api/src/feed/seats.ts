import { RetryableError } from '@seer/core/basics/errors'
import type { AddressedEvent, FeedFilter } from '@seer/core/log/feed/event-feed'
import type { FeedEvent } from '@seer/core/log/feed/feed-event'
import type { EventViewOptions } from '@seer/core/meetings/views/event-view'
import { Problem } from '../problems/problem.ts'
import { toFrame } from './frame.ts'
import type { StreamLimits } from './stream-limits.ts'

/** Somebody who gets new events as they come. */
export type Follower = {
  filter: FeedFilter
  /** Only newer events than this are for them. */
  after: number
  /** Takes an event as the text of a stream. */
  give: (frame: string) => void
}

export type Seats = {
  /**
   * Counts one more for a user. @returns a function that gives the place back
   * @throws Problem TOO_MANY_STREAMS
   * @throws RetryableError SERVICE_UNAVAILABLE
   */
  take(userId: string): () => void
  count(): number
  /** @returns a function that ends it */
  follow(follower: Follower): () => void
  /** Gives events to the followers who want them and may see them. */
  handOut(events: readonly AddressedEvent[]): void
}

type Followers = Set<Follower & { types: ReadonlySet<string> | null }>

/** Followers of all users have the key of no user. */
const everybody = ''
const typeOf = ({ kind, type }: { kind: string; type: string }) => `${kind}.${type}`

/** Who follows the feed in this process, by whose events they want. */
export function openSeats({ perUser, perProcess }: StreamLimits, view: EventViewOptions): Seats {
  const counts = new Map<string, number>()
  const byReader = new Map<string, Followers>()
  let taken = 0

  function add(userId: string, change: 1 | -1): void {
    taken += change
    const count = (counts.get(userId) ?? 0) + change
    if (count === 0) counts.delete(userId)
    else counts.set(userId, count)
  }

  return {
    take(userId) {
      if (taken >= perProcess) throw new RetryableError('SERVICE_UNAVAILABLE', { detail: fullMessage(perProcess) })
      if ((counts.get(userId) ?? 0) >= perUser) throw tooMany(perUser)
      add(userId, 1)
      return () => add(userId, -1)
    },
    count: () => taken,
    follow(follower) {
      const reader = follower.filter.reader ?? everybody
      const types = follower.filter.types ? new Set(follower.filter.types.map(typeOf)) : null
      const followers: Followers = byReader.get(reader) ?? new Set()
      const own = { ...follower, types }
      byReader.set(reader, followers.add(own))
      return () => {
        followers.delete(own)
        if (followers.size === 0 && byReader.get(reader) === followers) byReader.delete(reader)
      }
    },
    handOut(events) {
      for (const { event, readers } of events) {
        const asOwner = once(() => toFrame(event, view))
        give(byReader.get(everybody), event, asOwner)
        for (const [reader, share] of readers) {
          const asReader = share === null ? asOwner : once(() => toFrame({ ...event, share }, view))
          give(byReader.get(reader), event, asReader)
        }
      }
    },
  }
}

function give(followers: Followers | undefined, event: FeedEvent, frame: () => string): void {
  for (const { filter, types, after, give } of followers ?? []) {
    const { kind, id } = event.subject
    if (event.position <= after) continue
    if (types && !types.has(typeOf({ kind, type: event.type }))) continue
    if (filter.subject && (filter.subject.id !== id || filter.subject.kind !== kind)) continue
    give(frame())
  }
}

function once(make: () => string): () => string {
  let made: string | undefined
  return () => {
    made ??= make()
    return made
  }
}

function tooMany(perUser: number): Problem {
  return new Problem('TOO_MANY_STREAMS', {
    detail: `You have ${perUser} streams and waiting requests at this server already; close one first.`,
    headers: { 'retry-after': '30' },
  })
}

function fullMessage(perProcess: number): string {
  return `This server has ${perProcess} streams and waiting requests, which is all that it takes; try again later.`
}
