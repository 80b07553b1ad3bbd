/** The calls of API v2 about calendars. core/vendor/vendor-calendars.ts says what each promises. */

import type { ListedEvent } from '@seer/core/vendor/calendar-event'
import type { Page } from '@seer/core/vendor/vendor-bots'
import type {
  CalendarGrant,
  RawCalendar,
  VendorCalendar,
  VendorCalendarDetails,
} from '@seer/core/vendor/vendor-calendars'
import { z } from 'zod'
import type { OauthClients } from '../../config/calendar-connection-settings.ts'
import type { Quote } from '../wire/quote.ts'
import { deadlineIn, type RunCall } from '../wire/vendor-calls.ts'
import type { VendorHttp } from '../wire/vendor-http.ts'
import type { VendorSdk } from '../wire/vendor-sdk.ts'
import {
  calendarDetailsAnswer,
  calendarListAnswer,
  createdCalendarAnswer,
  rawCalendarsAnswer,
  updatedCalendarAnswer,
} from './calendar-answers.ts'
import { eventDetailsAnswer, eventListAnswer } from './event-answers.ts'
import { credentialsFor } from './oauth-credentials.ts'

/** What each call needs. */
export type CalendarVendor = {
  run: RunCall
  http: VendorHttp
  sdk: VendorSdk
  clients: OauthClients
  quote: Quote
  timeoutMs: number
}

export async function listRawCalendars(
  { run, http, clients }: CalendarVendor,
  grant: CalendarGrant,
): Promise<RawCalendar[]> {
  const body = { calendar_platform: grant.provider, ...credentialsFor(clients, grant) }
  const call = { method: 'POST', path: '/v2/calendars/list-raw' } as const
  const info = { ...call, isWrite: false, usesGrant: true, secrets: [grant.refreshToken] }
  return run(info, rawCalendarsAnswer, (signal) => http.send({ ...call, body }, signal))
}

export async function createCalendar(
  vendor: CalendarVendor,
  grant: CalendarGrant,
  externalId: string,
): Promise<VendorCalendar> {
  const { run, http, clients } = vendor
  const credentials = credentialsFor(clients, grant)
  const body = { calendar_platform: grant.provider, ...credentials, raw_calendar_id: externalId }
  const call = { method: 'POST', path: '/v2/calendars' } as const
  const info = { ...call, usesGrant: true, addsCalendar: true, secrets: [grant.refreshToken] }
  const { data } = await run(info, createdCalendarAnswer, (signal) => http.send({ ...call, body }, signal))
  return data
}

export async function updateCalendar({ run, http, clients }: CalendarVendor, calendarId: string, grant: CalendarGrant) {
  const body = credentialsFor(clients, grant)
  const method = 'PATCH'
  const info = { method, path: calendarPath, calendarId, usesGrant: true, secrets: [grant.refreshToken] }
  const call = { method, path: pathOf(calendarId), body } as const
  const { data } = await run(info, updatedCalendarAnswer, (signal) => http.send(call, signal))
  return { status: data.status, accountEmail: data.account_email }
}

const calendarPath = '/v2/calendars/:calendarId'
const doneAnswer = z.object({ success: z.literal(true) })

export async function deleteCalendar({ run, http }: CalendarVendor, calendarId: string): Promise<unknown> {
  const method = 'DELETE'
  const call = { method, path: pathOf(calendarId) } as const
  return run({ method, path: calendarPath, calendarId }, doneAnswer, (signal) => http.send(call, signal))
}

export async function getCalendar(
  { run, sdk, quote, timeoutMs }: CalendarVendor,
  calendarId: string,
  deadline = deadlineIn(timeoutMs),
): Promise<VendorCalendarDetails> {
  const info = { method: 'GET', path: calendarPath, calendarId, deadline }
  const { data } = await run(info, calendarDetailsAnswer, () => sdk.calendarDetails(calendarId))
  // The vendor's text about a failed refresh may repeat the secrets that were used.
  const quoted = (text: string | null) => (text === null ? null : quote(text))
  return { ...data, statusMessage: quoted(data.statusMessage), syncError: quoted(data.syncError) }
}

export async function listCalendars(
  { run, sdk }: CalendarVendor,
  filter: { accountEmail?: string },
  cursor: string | null,
): Promise<Page<VendorCalendar>> {
  const narrowed = filter.accountEmail === undefined ? {} : { account_email: filter.accountEmail }
  const query = { limit: 250, ...narrowed, ...(cursor === null ? {} : { cursor }) }
  const call = { method: 'GET', path: '/v2/calendars' }
  const { items, nextCursor } = await run(call, calendarListAnswer, () => sdk.listCalendars(query))
  return { items, nextCursor }
}

export async function act(
  { run, http }: CalendarVendor,
  action: 'sync' | 'resubscribe',
  calendarId: string,
): Promise<void> {
  const method = 'POST'
  const info = { method, path: `${calendarPath}/${action}`, calendarId, usesGrant: true }
  const call = { method, path: `${pathOf(calendarId)}/${action}` } as const
  await run(info, doneAnswer, (signal) => http.send(call, signal))
}

export async function listEvents(
  vendor: CalendarVendor,
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
  const { listed, items, nextCursor } = await vendor.run(info, eventListAnswer, (signal) =>
    vendor.http.send(call, signal),
  )
  // The vendor publishes no 404 for this list, so a deleted calendar may look like one without events.
  if (listed === 0 && cursor === null) await getCalendar(vendor, calendarId, deadline)
  return { items, nextCursor }
}

export async function getEvent({ run, sdk }: CalendarVendor, calendarId: string, eventId: string) {
  const info = { method: 'GET', path: `${calendarPath}/events/:eventId`, calendarId }
  const { event } = await run(info, eventDetailsAnswer, () => sdk.eventDetails(calendarId, eventId))
  return event
}

function pathOf(calendarId: string): string {
  return `/v2/calendars/${encodeURIComponent(calendarId)}`
}
