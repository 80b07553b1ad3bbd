import type { EventDetails, ListedEvent } from './calendar-event.ts'
import type { CalendarProvider } from './calendar-providers.ts'
import type { Page } from './vendor-bots.ts'

/** A user's consent. The adapter adds the OAuth client that it was given to. */
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

/** The states of a connection that the vendor knows; `IntegrationStatus` says what they mean. */
export type ConnectionStatus = 'active' | 'error' | 'revoked' | 'permission_denied'

/** A connected calendar as the vendor lists it. */
export type VendorCalendar = {
  calendarId: string
  provider: CalendarProvider
  /** In lower case. */
  accountEmail: string
  status: ConnectionStatus
  /** When the vendor last read it; null when it has not yet, or does not say. */
  syncedAt: Date | null
  createdAt: Date
}

export type VendorCalendarDetails = VendorCalendar & {
  statusMessage: string | null
  /** Null: there is no push subscription. */
  subscriptionExpiresAt: Date | null
  syncError: string | null
  /** Google's or Microsoft's id, where the vendor tells it. */
  externalCalendarId: string | null
}

/**
 * Calendars of Meeting BaaS in Seer's words. Methods throw PermanentError or RetryableError with a VENDOR_ code unless
 * they say otherwise. Methods that take a grant also throw PermanentError CALENDAR_TOKEN_REFUSED,
 * CALENDAR_PERMISSION_DENIED and CALENDAR_PROVIDER_NOT_CONFIGURED; the first two are thrown by `syncCalendar` and
 * `resubscribeCalendar`, too. Reads are safe to repeat.
 */
export interface VendorCalendars {
  /** The calendars that a grant opens. */
  listRawCalendars(grant: CalendarGrant): Promise<RawCalendar[]>
  /**
   * Connects a calendar. Not safe to repeat blindly: after a failure whose outcome is unknown, look through
   * `listCalendars` first.
   * @throws PermanentError VENDOR_CALENDAR_EXISTS when the vendor has it already, CALENDAR_LIMIT_REACHED
   */
  createCalendar(grant: CalendarGrant, externalCalendarId: string): Promise<VendorCalendar>
  /**
   * Gives a connection a new grant. Safe to repeat.
   * @throws PermanentError VENDOR_CALENDAR_NOT_FOUND
   */
  updateCalendar(calendarId: string, grant: CalendarGrant): Promise<{ status: ConnectionStatus; accountEmail: string }>
  /** Disconnects a calendar. Safe to repeat: false when the vendor did not have it. */
  deleteCalendar(calendarId: string): Promise<boolean>
  /** Null: the vendor does not have it. */
  getCalendar(calendarId: string): Promise<VendorCalendarDetails | null>
  /** Connected calendars, newest first, 250 a page; `accountEmail` narrows the list. */
  listCalendars(filter: { accountEmail?: string }, cursor: string | null): Promise<Page<VendorCalendar>>
  /** Has the vendor read the calendar anew. Safe to repeat. @throws PermanentError VENDOR_CALENDAR_NOT_FOUND */
  syncCalendar(calendarId: string): Promise<void>
  /** Renews the push subscription. Safe to repeat. @throws PermanentError VENDOR_CALENDAR_NOT_FOUND */
  resubscribeCalendar(calendarId: string): Promise<void>
  /**
   * Events that start at or after `from`, cancelled ones included, 250 a page.
   * @throws PermanentError VENDOR_CALENDAR_NOT_FOUND
   */
  listEvents(calendarId: string, from: Date, cursor: string | null): Promise<Page<ListedEvent>>
  /** Null: the vendor does not have it. */
  getEvent(calendarId: string, eventId: string): Promise<EventDetails | null>
}
