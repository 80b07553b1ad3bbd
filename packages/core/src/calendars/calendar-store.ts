import type { LogEntry, LoggedChange } from '../log/entry.ts'
import type { CalendarEvent, EventDetails, EventStatus, KnownEvent, ListedEvent } from '../vendor/calendar-event.ts'
import type { CalendarProvider } from '../vendor/calendar-providers.ts'
import type { Integration, IntegrationStatus, SyncCounts } from './integration.ts'

/**
 * A change of one connection. Of `next.sync` only `nextSyncAt` is written, and only if it differs from `before`,
 * because connecting and losing access switch syncing on and off.
 */
export type IntegrationChange = LoggedChange<'integration', Integration>

/** The fields of a connection that check-calendars compares with the vendor's list. */
export type ConnectionToCheck = {
  id: string
  calendarId: string
  status: IntegrationStatus
  subscriptionExpiresAt: Date | null
  checkedAt: Date | null
}

/** The data that a sync starts with, read at one moment. */
export type SyncStart = {
  integration: Integration
  /** Events whose details should be read again. */
  dueEventIds: string[]
}

/** What a successful sync writes at its end. */
export type SyncEnd = {
  integrationId: string
  /** `sync.requested` when the sync began. */
  served: number
  counts: SyncCounts
  /** `sync.digest` when the sync began, or after its own `forgetDigest`. */
  digestBefore: string | null
  /** Stored as null when another sync wrote another digest meanwhile. Then nobody knows which list our events match. */
  digest: string | null
  at: Date
  nextSyncAt: Date
}

/** What a failed sync writes at its end. `served`: as in `SyncEnd`. */
export type SyncFailure = {
  integrationId: string
  served: number
  code: string
  message: string
  at: Date
  nextSyncAt: Date
}

/** How fresh the calendars of the installation are, for metrics and health. */
export type CalendarSummary = {
  byStatus: { provider: CalendarProvider; status: IntegrationStatus; count: number }[]
  /** The number of connected calendars whose copy is too old. */
  stale: number
  /**
   * When the stalest connected calendar was last synced, or connected if never synced; null without connected
   * calendars.
   */
  oldestSyncedAt: Date | null
}

/** Connected calendars in Postgres. Each method is one atomic step. */
export interface IntegrationStore {
  /** @returns false when the user has a row for this calendar already */
  add(integration: Integration): Promise<boolean>
  find(integrationId: string): Promise<Integration | null>
  findExternal(userId: string, provider: CalendarProvider, externalCalendarId: string): Promise<Integration | null>
  /** Finds by our id or the vendor's. Also null when it belongs to another user. */
  findForUser(userId: string, id: string): Promise<Integration | null>
  /** All calendars of a user, oldest first, without those that are being disconnected. */
  list(userId: string): Promise<Integration[]>
  /** Whether another user has connected that calendar. */
  isConnectedElsewhere(userId: string, provider: CalendarProvider, externalCalendarId: string): Promise<boolean>
  /** Whether an older setup of the same account is running for which the vendor has not given an id yet. */
  hasOlderSetup(integration: Integration): Promise<boolean>
  /** Which of these vendor ids belong to rows of ours. */
  linkedAmong(calendarIds: string[]): Promise<Set<string>>
  /** Writes connection and log entries together. @returns false when the connection is no longer as in `before` */
  saveChange(change: IntegrationChange): Promise<boolean>
  /** Deletes the row with its events and log. @returns false when the connection is no longer as in `before` */
  remove(before: Integration): Promise<boolean>
  /** Log entries after `afterSeq`, oldest first, at most `limit`. */
  log(integrationId: string, afterSeq: number, limit: number): Promise<LogEntry<'integration'>[]>
  /** Connections with a job that is owed by `now`. Sets their next due time and raises their round. */
  claimDue(now: Date, nextDueAt: Date, limit: number): Promise<Integration[]>
  /** Connections that the vendor has, in order of their ids after `afterId`. */
  listToCheck(afterId: string | null, limit: number): Promise<ConnectionToCheck[]>
  /** Rows with tokens of an older key: their sealed texts do not begin with `currentPrefix`. */
  listSealedOtherwise(currentPrefix: string, afterId: string | null, limit: number): Promise<Integration[]>

  /**
   * Calendars whose sync is due by `now`, the longest due first. Sets their next time, so a lost job is made up for.
   */
  claimDueSyncs(now: Date, nextSyncAt: Date, limit: number): Promise<string[]>
  /**
   * Notes that a caller wants these calendars read. @returns for each calendar that can be read the number of the
   * request that must be served
   */
  requestSync(integrationIds: string[], now: Date): Promise<{ integrationId: string; requested: number }[]>
  /**
   * Null when there is nothing to sync: unknown, not connected, or no access. Removed events are not among the due
   * ones.
   */
  beginSync(integrationId: string, now: Date): Promise<SyncStart | null>
  /**
   * Called before a sync writes events. From then on our events may match no list, so the digest becomes `mark`. It
   * becomes null if it was neither `digestBefore` nor `mark`, because another sync wrote meanwhile.
   */
  forgetDigest(writing: { integrationId: string; digestBefore: string | null; mark: string }): Promise<void>
  /**
   * Ends a sync. If a request waits that came after the sync began, the result is added to those of the following
   * syncs, up to the one that serves the request. So the caller learns of all changes since then.
   */
  finishSync(end: SyncEnd): Promise<void>
  /** Also forgets the digest, because before its failure the sync may have written a part of its list. */
  failSync(failure: SyncFailure): Promise<void>
  /**
   * Notes that the vendor reported a change. The calendar becomes due, and so do the details of the named events.
   * @returns our id; null when the calendar is not ours
   */
  noteVendorChange(calendarId: string, eventIds: string[], now: Date): Promise<string | null>
  summarise(staleBefore: Date): Promise<CalendarSummary>
}

/**
 * An event to write: from the list, and from a read of the single event if that was possible. Both have the link in its
 * stored form. Where both tell something, `details` is stored.
 */
export type EventWrite = {
  listed: ListedEvent
  fingerprint: string
  details: EventDetails | null
  joinKey: string | null
  isOrganizer: boolean
  removedAt: Date | null
  /** When the details should be read, or read again; null: never. */
  detailsDueAt: Date | null
}

/** Which events a list shows. */
export type EventFilter = {
  /** Our id or the vendor's. */
  calendarId?: string
  organizerEmail?: string
  attendeeEmail?: string
  /** Events that start at or after, and at or before. */
  startsFrom?: Date
  startsUntil?: Date
  /** Events that end after (upcoming), and at or before (past). */
  endsAfter?: Date
  endsUntil?: Date
  statuses?: EventStatus[]
}

/** The last event of a page; the next page begins after it. */
export type EventPosition = { startTime: Date; id: string }

/** Our copy of the vendor's events. Each method is one atomic step. */
export interface CalendarEventStore {
  /** Events that start at or after `from` and are not removed. */
  listKnown(integrationId: string, from: Date): Promise<KnownEvent[]>
  /**
   * Inserts or replaces events of one calendar. An event that was read, or found to be gone, later than `readAt` stays.
   * A later request to read its details stays, too.
   */
  save(integration: Integration, events: EventWrite[], readAt: Date): Promise<void>
  /**
   * Notes that the vendor no longer has these events. They become cancelled, and a sync does not know them any more.
   * Events whose details were read later stay.
   */
  markRemoved(integrationId: string, eventIds: string[], at: Date): Promise<void>
  /** In order of start time and id, at most `limit`. Events of calendars that are being disconnected are left out. */
  list(userId: string, filter: EventFilter, after: EventPosition | null, limit: number): Promise<CalendarEvent[]>
  findForUser(userId: string, eventId: string): Promise<CalendarEvent | null>
  /** Removes at most `limit` events that ended before then. @returns how many */
  removeEndedBefore(endedBefore: Date, limit: number): Promise<number>
}
