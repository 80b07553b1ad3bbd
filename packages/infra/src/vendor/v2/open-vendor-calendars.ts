import { PermanentError } from '@seer/core/basics/errors'
import type { VendorCalendars } from '@seer/core/vendor/vendor-calendars'
import type { OauthClients } from '../../config/calendar-connection-settings.ts'
import { createQuote } from '../wire/quote.ts'
import { createRunCall, type VendorCall } from '../wire/vendor-calls.ts'
import { openVendorHttp } from '../wire/vendor-http.ts'
import { openVendorSdk } from '../wire/vendor-sdk.ts'
import {
  act,
  type CalendarVendor,
  createCalendar,
  deleteCalendar,
  getCalendar,
  getEvent,
  listCalendars,
  listEvents,
  listRawCalendars,
  updateCalendar,
} from './calendar-calls.ts'

export type VendorCalendarsOptions = {
  apiKey: string
  /** Default: the live service. */
  baseUrl?: string
  /** How long each method may take in all, in milliseconds. Default 20,000. */
  timeoutMs?: number
  /** The apps that users give their consent to. Grants of a provider without an app are refused. */
  oauthClients: OauthClients
  /** Called after each call to the vendor. */
  log?: (call: VendorCall) => void
}

/** Holds connections open until it is closed. */
export type OpenVendorCalendars = VendorCalendars & { close(): Promise<void> }

/**
 * The calendars of Meeting BaaS API v2.
 *
 * Lists of calendars, single calendars and single events are read through `@meeting-baas/sdk`. The rest goes through
 * plain HTTP; open-vendor-bots.ts says why for writes. Two reads do, too:
 * - The calendars of a grant: the SDK sends a Microsoft tenant for Google as well.
 * - Lists of events: every pass reads one for each calendar, and the SDK cannot be stopped at a deadline. If the
 *   vendor hangs, thousands of abandoned reads would pile up.
 */
export function openVendorCalendars(options: VendorCalendarsOptions): OpenVendorCalendars {
  const { apiKey, baseUrl = 'https://api.meetingbaas.com', timeoutMs = 20_000, oauthClients: clients, log } = options
  const http = openVendorHttp({ apiKey, baseUrl })
  const sdk = openVendorSdk({ apiKey, baseUrl, timeoutMs })
  const quote = createQuote([apiKey, ...Object.values(clients).map((client) => client?.clientSecret ?? '')])
  const vendor: CalendarVendor = { run: createRunCall({ timeoutMs, quote, log }), http, sdk, clients, quote, timeoutMs }
  return {
    listRawCalendars: (grant) => listRawCalendars(vendor, grant),
    createCalendar: (grant, externalCalendarId) => createCalendar(vendor, grant, externalCalendarId),
    updateCalendar: (calendarId, grant) => updateCalendar(vendor, calendarId, grant),
    deleteCalendar: async (calendarId) => (await orNull(deleteCalendar(vendor, calendarId))) !== null,
    getCalendar: (calendarId) => orNull(getCalendar(vendor, calendarId)),
    listCalendars: (filter, cursor) => listCalendars(vendor, filter, cursor),
    syncCalendar: (calendarId) => act(vendor, 'sync', calendarId),
    resubscribeCalendar: (calendarId) => act(vendor, 'resubscribe', calendarId),
    listEvents: (calendarId, from, cursor) => listEvents(vendor, calendarId, from, cursor),
    getEvent: (calendarId, eventId) => orNull(getEvent(vendor, calendarId, eventId)),
    close: () => http.close(),
  }
}

/** Null when the vendor answers that it does not have the calendar or event. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'VENDOR_CALENDAR_NOT_FOUND') return null
    throw error
  }
}
