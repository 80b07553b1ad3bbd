import type { Page } from '@seer/core/bots/meeting-provider'
import type { ListedEvent } from '@seer/core/calendars/calendar-event'
import type {
  CalendarGrant,
  CalendarProvider,
  RawCalendar,
  VendorCalendar,
  VendorCalendarDetails,
} from '@seer/core/calendars/calendar-provider'
import { PermanentError } from '@seer/core/errors'
import { z } from 'zod'
import {
  calendarDetailsAnswer,
  calendarListAnswer,
  createdCalendarAnswer,
  rawCalendarsAnswer,
  updatedCalendarAnswer,
} from './calendar-answers.ts'
import { eventDetailsAnswer, eventListAnswer } from './event-answers.ts'
import { credentialsFor, type OauthClients } from './oauth-credentials.ts'
import { createQuote, type Quote } from './quote.ts'
import { createRunCall, deadlineIn, type ProviderCall, type RunCall } from './vendor-calls.ts'
import { openVendorHttp, type VendorHttp } from './vendor-http.ts'
import { openVendorSdk, type VendorSdk } from './vendor-sdk.ts'

export type CalendarProviderOptions = {
  apiKey: string
  /** Default: the live service. */
  baseUrl?: string
  /** How long each method may take in all, in milliseconds. Default 20,000. */
  timeoutMs?: number
  /** The apps that users give their consent to. Grants of a provider without one are refused. */
  oauthClients: OauthClients
  /** Told of each call to the vendor when it is over. */
  log?: (call: ProviderCall) => void
}

/** A provider that holds connections open until it is closed. */
export type OpenCalendarProvider = CalendarProvider & { close(): Promise<void> }

type Vendor = { run: RunCall; http: VendorHttp; sdk: VendorSdk; clients: OauthClients; quote: Quote; timeoutMs: number }

/**
 * Calendars of Meeting BaaS API v2.
 *
 * Lists of calendars and single calendars and events are read through `@meeting-baas/sdk`, the rest goes by plain HTTP;
 * open-provider.ts says why writes do. Two reads do as well. The calendars of a grant: the SDK sends a Microsoft tenant for
 * Google, too. And lists of events: there is one for each calendar in every pass, and the SDK cannot be stopped at a
 * deadline, so that with a vendor that hangs, abandoned reads would pile up by the thousand.
 */
export function openCalendarProvider(options: CalendarProviderOptions): OpenCalendarProvider {
  const { apiKey, baseUrl = 'https://api.meetingbaas.com', timeoutMs = 20_000, oauthClients: clients, log } = options
  const http = openVendorHttp({ apiKey, baseUrl })
  const sdk = openVendorSdk({ apiKey, baseUrl, timeoutMs })
  const quote = createQuote([apiKey, ...Object.values(clients).map(({ clientSecret }) => clientSecret)])
  const vendor: Vendor = { run: createRunCall({ timeoutMs, quote, log }), http, sdk, clients, quote, timeoutMs }
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

async function listRawCalendars({ run, http, clients }: Vendor, grant: CalendarGrant): Promise<RawCalendar[]> {
  const body = { calendar_platform: grant.provider, ...credentialsFor(clients, grant) }
  const call = { method: 'POST', path: '/v2/calendars/list-raw' } as const
  const info = { ...call, isWrite: false, usesGrant: true, secrets: [grant.refreshToken] }
  return run(info, rawCalendarsAnswer, (signal) => http.send({ ...call, body }, signal))
}

async function createCalendar(vendor: Vendor, grant: CalendarGrant, externalId: string): Promise<VendorCalendar> {
  const { run, http, clients } = vendor
  const credentials = credentialsFor(clients, grant)
  const body = { calendar_platform: grant.provider, ...credentials, raw_calendar_id: externalId }
  const call = { method: 'POST', path: '/v2/calendars' } as const
  const info = { ...call, usesGrant: true, addsCalendar: true, secrets: [grant.refreshToken] }
  const { data } = await run(info, createdCalendarAnswer, (signal) => http.send({ ...call, body }, signal))
  return data
}

async function updateCalendar({ run, http, clients }: Vendor, calendarId: string, grant: CalendarGrant) {
  const body = credentialsFor(clients, grant)
  const method = 'PATCH'
  const info = { method, path: calendarPath, calendarId, usesGrant: true, secrets: [grant.refreshToken] }
  const call = { method, path: pathOf(calendarId), body } as const
  const { data } = await run(info, updatedCalendarAnswer, (signal) => http.send(call, signal))
  return { status: data.status, accountEmail: data.account_email }
}

const calendarPath = '/v2/calendars/:calendarId'
const doneAnswer = z.object({ success: z.literal(true) })

async function deleteCalendar({ run, http }: Vendor, calendarId: string): Promise<unknown> {
  const method = 'DELETE'
  const call = { method, path: pathOf(calendarId) } as const
  return run({ method, path: calendarPath, calendarId }, doneAnswer, (signal) => http.send(call, signal))
}

async function getCalendar(
  { run, sdk, quote, timeoutMs }: Vendor,
  calendarId: string,
  deadline = deadlineIn(timeoutMs),
): Promise<VendorCalendarDetails> {
  const info = { method: 'GET', path: calendarPath, calendarId, deadline }
  const { data } = await run(info, calendarDetailsAnswer, () => sdk.calendarDetails(calendarId))
  const quoted = (text: string | null) => (text === null ? null : quote(text))
  return { ...data, statusMessage: quoted(data.statusMessage), syncError: quoted(data.syncError) }
}

function listCalendars({ run, sdk }: Vendor, filter: { accountEmail?: string }, cursor: string | null) {
  const narrowed = filter.accountEmail === undefined ? {} : { account_email: filter.accountEmail }
  const query = { limit: 250, ...narrowed, ...(cursor === null ? {} : { cursor }) }
  return run({ method: 'GET', path: '/v2/calendars' }, calendarListAnswer, () => sdk.listCalendars(query))
}

async function act({ run, http }: Vendor, action: 'sync' | 'resubscribe', calendarId: string): Promise<void> {
  const method = 'POST'
  const info = { method, path: `${calendarPath}/${action}`, calendarId, usesGrant: true }
  const call = { method, path: `${pathOf(calendarId)}/${action}` } as const
  await run(info, doneAnswer, (signal) => http.send(call, signal))
}

async function listEvents(
  vendor: Vendor,
  calendarId: string,
  from: Date,
  cursor: string | null,
): Promise<Page<ListedEvent>> {
  const method = 'GET'
  const filter = { start_date: from.toISOString(), show_cancelled: 'true' }
  const call = {
    method,
    path: `${pathOf(calendarId)}/events`,
    query: { limit: '250', ...filter, cursor: cursor ?? undefined },
  } as const
  const deadline = deadlineIn(vendor.timeoutMs)
  const info = { method, path: `${calendarPath}/events`, calendarId, deadline }
  const { listed, ...page } = await vendor.run(info, eventListAnswer, (signal) => vendor.http.send(call, signal))
  // No 404 is published for this list: a calendar that is gone may look like one without events.
  if (listed === 0 && cursor === null) await getCalendar(vendor, calendarId, deadline)
  return page
}

async function getEvent({ run, sdk }: Vendor, calendarId: string, eventId: string) {
  const info = { method: 'GET', path: `${calendarPath}/events/:eventId`, calendarId }
  const { data } = await run(info, eventDetailsAnswer, () => sdk.eventDetails(calendarId, eventId))
  return data
}

function pathOf(calendarId: string): string {
  return `/v2/calendars/${encodeURIComponent(calendarId)}`
}

async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'PROVIDER_CALENDAR_NOT_FOUND') return null
    throw error
  }
}
