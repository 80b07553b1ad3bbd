import type { EventDetails, ListedEvent } from './calendar-event.ts'
import type { CalendarProvider } from './calendar-providers.ts'
import type { Page } from './vendor-bots.ts'

/** A user's consent. The adapter adds the OAuth client that the user gave it to. */
export type CalendarGrant = { provider: CalendarProvider; refreshToken: string }

/** A calendar of an account, before it is connected. */
export type RawCalendar = {
  /** Google's or Microsoft's id. */
  id: string
  name: string
  /** In lower case. */
  email: string
  isPrimary: boolean
}

/** The states of a connection at the vendor; `IntegrationStatus` says what they mean. */
export type ConnectionStatus = 'active' | 'error' | 'revoked' | 'permission_denied'

/** A connected calendar as the vendor lists it. */
export type VendorCalendar = {
  calendarId: string
  provider: CalendarProvider
  /** In lower case. */
  accountEmail: string
  status: ConnectionStatus
  /** When the vendor last read the calendar; null when it has not read it yet, or does not say. */
  syncedAt: Date | null
  createdAt: Date
}

/** A connected calendar with what the vendor tells only about a single calendar, and not in its list. */
export type VendorCalendarDetails = VendorCalendar & {
  statusMessage: string | null
  /** Null: there is no push subscription. */
  subscriptionExpiresAt: Date | null
  syncError: string | null
  /** Google's or Microsoft's id, if the vendor tells it. */
  externalCalendarId: string | null
}

/**
 * The calendars of Meeting BaaS in Seer's words. Unless a method says otherwise, it throws PermanentError or
 * RetryableError with a VENDOR_ code. Methods that take a grant also throw PermanentError CALENDAR_TOKEN_REFUSED,
 * CALENDAR_PERMISSION_DENIED and CALENDAR_PROVIDER_NOT_CONFIGURED; `syncCalendar` and `resubscribeCalendar` also throw
 * the first two. Reads are safe to repeat.
 */
export interface VendorCalendars {
  /** The calendars that a grant gives access to. */
  listRawCalendars(grant: CalendarGrant): Promise<RawCalendar[]>
  /**
   * Connects a calendar. Not safe to repeat: after a failure with an unknown outcome, look through `listCalendars`
   * first.
   * @throws PermanentError VENDOR_CALENDAR_EXISTS when the vendor has it already, CALENDAR_LIMIT_REACHED
   */
  createCalendar(grant: CalendarGrant, externalCalendarId: string): Promise<VendorCalendar>
  /**
   * Gives a connection a new grant. Safe to repeat.
   * @throws PermanentError VENDOR_CALENDAR_NOT_FOUND
   */
  updateCalendar(calendarId: string, grant: CalendarGrant): Promise<{ status: ConnectionStatus; accountEmail: string }>
  /** Disconnects a calendar. Safe to repeat. @returns false when the vendor did not have it */
  deleteCalendar(calendarId: string): Promise<boolean>
  /** Null when the vendor does not have the calendar. */
  getCalendar(calendarId: string): Promise<VendorCalendarDetails | null>
  /** Connected calendars, newest first, 250 a page, all or only those of one account. */
  listCalendars(filter: { accountEmail?: string }, cursor: string | null): Promise<Page<VendorCalendar>>
  /** Makes the vendor read the calendar anew. Safe to repeat. @throws PermanentError VENDOR_CALENDAR_NOT_FOUND */
  syncCalendar(calendarId: string): Promise<void>
  /** Renews the push subscription. Safe to repeat. @throws PermanentError VENDOR_CALENDAR_NOT_FOUND */
  resubscribeCalendar(calendarId: string): Promise<void>
  /**
   * Events that start at or after `from`, cancelled ones included, 250 a page.
   * @throws PermanentError VENDOR_CALENDAR_NOT_FOUND
   */
  listEvents(calendarId: string, from: Date, cursor: string | null): Promise<Page<ListedEvent>>
  /** Null when the vendor does not have the event. */
  getEvent(calendarId: string, eventId: string): Promise<EventDetails | null>
}
