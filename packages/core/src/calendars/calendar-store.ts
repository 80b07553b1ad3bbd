import type { LogEntry, LoggedChange } from '../log/entry.ts'
import type { CalendarEvent, EventDetails, EventStatus, KnownEvent, ListedEvent } from '../vendor/calendar-event.ts'
import type { CalendarProvider } from '../vendor/calendar-providers.ts'
import type { CalendarIntegration, IntegrationStatus, SyncCounts } from './integration.ts'

/**
 * A change of one connection. Of `next.sync` only `nextSyncAt` is written, and only if it differs from `before`: connecting
 * and losing access switch syncing on and off.
 */
export type IntegrationChange = LoggedChange<'integration', CalendarIntegration>

/** A connection as check-calendars compares it with the vendor's list. */
export type ConnectionToCheck = {
  id: string
  calendarId: string
  status: IntegrationStatus
  subscriptionExpiresAt: Date | null
  checkedAt: Date | null
}

/** What a sync starts from, read at one moment. */
export type SyncStart = {
  integration: CalendarIntegration
  /** Events whose details are due to be read again. */
  dueEventIds: string[]
}

export type SyncEnd = {
  integrationId: string
  /** `sync.requested` as it stood when the sync began. */
  served: number
  counts: SyncCounts
  /** `sync.digest` as it stood when the sync began, or as its own `forgetDigest` left it. */
  digestBefore: string | null
  /** Kept as null when another sync wrote another digest meanwhile: nobody knows then which list our events are. */
  digest: string | null
  at: Date
  nextSyncAt: Date
}

export type SyncFailure = {
  integrationId: string
  served: number
  code: string
  message: string
  at: Date
  nextSyncAt: Date
}

export type CalendarSummary = {
  byStatus: { provider: CalendarProvider; status: IntegrationStatus; count: number }[]
  /** Connected calendars whose copy is older than it should be. */
  stale: number
  /** When the stalest connected calendar was last synced (or connected, if never); null without connected calendars. */
  oldestSyncedAt: Date | null
}

/** Connected calendars in Postgres. Each method is one atomic step. */
export interface CalendarStore {
  /** @returns false when the user has a row for this calendar already */
  add(integration: CalendarIntegration): Promise<boolean>
  find(integrationId: string): Promise<CalendarIntegration | null>
  findExternal(
    userId: string,
    provider: CalendarProvider,
    externalCalendarId: string,
  ): Promise<CalendarIntegration | null>
  /** Finds by our id or the vendor's; null also when it is another user's. */
  findForUser(userId: string, id: string): Promise<CalendarIntegration | null>
  /** All of a user but those that are being disconnected, oldest first. */
  list(userId: string): Promise<CalendarIntegration[]>
  /** Whether a user other than this one has connected that calendar. */
  isConnectedElsewhere(userId: string, provider: CalendarProvider, externalCalendarId: string): Promise<boolean>
  /** Whether an older setup of the same account is under way of which the vendor has not told an id. */
  hasOlderSetup(integration: CalendarIntegration): Promise<boolean>
  /** Which of these vendor ids belong to rows of ours. */
  linkedAmong(calendarIds: string[]): Promise<Set<string>>
  /** Writes connection and entries together, if the connection still is as `before` says; else @returns false. */
  saveChange(change: IntegrationChange): Promise<boolean>
  /** Deletes the row with its events and log, if the connection still is as it was read; else @returns false. */
  remove(before: CalendarIntegration): Promise<boolean>
  /** Entries behind `afterSeq`, oldest first, `limit` at most. */
  log(integrationId: string, afterSeq: number, limit: number): Promise<LogEntry<'integration'>[]>
  /** Connections with a job owed by `now`; sets their next due time and raises their round. */
  claimDue(now: Date, nextDueAt: Date, limit: number): Promise<CalendarIntegration[]>
  /** Connections that the vendor has, by id behind `afterId`. */
  listToCheck(afterId: string | null, limit: number): Promise<ConnectionToCheck[]>
  /** Rows whose tokens are sealed with another key than the one whose sealed texts begin like this. */
  listSealedOtherwise(currentPrefix: string, afterId: string | null, limit: number): Promise<CalendarIntegration[]>

  /** Calendars due to be synced by `now`, longest due first; sets their next time so that a lost job is made up for. */
  claimDueSyncs(now: Date, nextSyncAt: Date, limit: number): Promise<string[]>
  /**
   * Notes that a caller wants these calendars read; @returns for each that can be read up to which request it must be
   * served
   */
  requestSync(integrationIds: string[], now: Date): Promise<{ integrationId: string; requested: number }[]>
  /** Null: there is nothing to sync (unknown, not connected, no access). Removed events are not among those due. */
  beginSync(integrationId: string, now: Date): Promise<SyncStart | null>
  /**
   * A sync is about to write events, which may then be those of no list: the digest becomes `mark`, or null when it is
   * neither `digestBefore` nor `mark`, because another sync wrote meanwhile.
   */
  forgetDigest(writing: { integrationId: string; digestBefore: string | null; mark: string }): Promise<void>
  /**
   * A sync that ends while a request waits that it began too early to serve is counted into the result of those that
   * follow, up to the one that serves it: whoever asked learns of all that changed since.
   */
  finishSync(end: SyncEnd): Promise<void>
  /** Also forgets the digest: what the sync wrote before it failed may be a part of its list. */
  failSync(failure: SyncFailure): Promise<void>
  /**
   * Notes that the vendor reported a change: the calendar is due, and so are the details of the named events.
   * @returns our id; null when the calendar is not ours
   */
  noteVendorChange(calendarId: string, eventIds: string[], now: Date): Promise<string | null>
  summarise(staleBefore: Date): Promise<CalendarSummary>
}

/**
 * An event to be written: as listed, and as read by itself where that was possible, both with the link as it is stored.
 * Where both tell, `details` is stored.
 */
export type EventWrite = {
  listed: ListedEvent
  fingerprint: string
  details: EventDetails | null
  joinKey: string | null
  isOrganizer: boolean
  removedAt: Date | null
  /** When the details are to be read (again); null: no more. */
  detailsDueAt: Date | null
}

export type EventFilter = {
  /** Our id or the vendor's. */
  calendarId?: string
  organizerEmail?: string
  attendeeEmail?: string
  /** Events that start at or after, at or before. */
  startsFrom?: Date
  startsUntil?: Date
  /** Events that end after, or at or before: upcoming and past ones. */
  endsAfter?: Date
  endsUntil?: Date
  statuses?: EventStatus[]
}

export type EventPosition = { startTime: Date; id: string }

/** Our copy of the vendor's events. Each method is one atomic step. */
export interface CalendarEventStore {
  /** Events that start at or after `from` and are not removed. */
  listKnown(integrationId: string, from: Date): Promise<KnownEvent[]>
  /**
   * Inserts or replaces events of one calendar. What was read of an event, or found to be gone, later than `readAt`
   * stays, and a wish to read details that came after it too.
   */
  save(integration: CalendarIntegration, events: EventWrite[], readAt: Date): Promise<void>
  /**
   * Notes that the vendor has these events of the calendar no more: cancelled, and no longer known to a sync. Those
   * whose details were read later stay.
   */
  markRemoved(integrationId: string, eventIds: string[], at: Date): Promise<void>
  /** By start time, then id; `limit` at most. Events of calendars that are being disconnected are not shown. */
  list(userId: string, filter: EventFilter, after: EventPosition | null, limit: number): Promise<CalendarEvent[]>
  findForUser(userId: string, eventId: string): Promise<CalendarEvent | null>
  /** Removes at most `limit` events that ended before then; @returns how many. */
  removeEndedBefore(endedBefore: Date, limit: number): Promise<number>
}
