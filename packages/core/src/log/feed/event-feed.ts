import type { SubjectKind } from '../entry-types.ts'
import type { FeedEvent } from './feed-event.ts'

/** Which events somebody wants. */
export type FeedFilter = {
  /** The user whose events they are; null for those of all users. */
  reader: string | null
  /** Pairs of kind and type; without it all types. */
  types?: readonly { kind: SubjectKind; type: string }[]
  /** Only the events of this subject. */
  subject?: { kind: SubjectKind; id: string }
}

/** Events after the position `after`, but not after `upTo` if it is given, oldest first. */
export type FeedQuery = FeedFilter & { after: number; upTo?: number; limit: number }

export type FeedPage = {
  events: FeedEvent[]
  /**
   * Where to go on. It may be beyond the last event, because the events up to it were looked at and do not match. Equal to
   * the newest position when there are no more.
   */
  next: number
  /** Whether there may be more events now. */
  hasMore: boolean
}

/** An event and everybody who may see it, each with how they have its subject. */
export type AddressedEvent = { event: FeedEvent; readers: ReadonlyMap<string, FeedEvent['share']> }

/** From where to where the feed goes. */
export type FeedBounds = {
  /** Events up to this position were removed by retention; 0 when none were. */
  removed: number
  /** The newest position; 0 when there is none. */
  newest: number
}

/** The events of the log in the order of their positions, in Postgres. */
export interface EventFeed {
  /**
   * Gives positions to the entries that are committed by now. If somebody else is doing that, waits for them. Entries get
   * positions in one order for all readers, and an entry of a subject never comes before an earlier one.
   */
  number(): Promise<FeedBounds>
  /** Looks at a limited number of events, so a filter that matches little may give an empty page with `hasMore`. */
  page(query: FeedQuery): Promise<FeedPage>
  /**
   * The events of all users after a position, for somebody who hands them on: those at the next `limit` positions, but not
   * after `upTo`, without those that were erased.
   */
  addressed(query: { after: number; upTo: number; limit: number }): Promise<AddressedEvent[]>
  /** The events at these positions that the reader may see, and that are still kept. */
  at(reader: string | null, positions: readonly number[]): Promise<FeedEvent[]>
  bounds(): Promise<FeedBounds>
  /** Removes the events that were numbered before a time, with their snapshots, at most `limit`. @returns how many */
  removeBefore(time: Date, limit: number): Promise<number>
}
