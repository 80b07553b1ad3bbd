/** The data of the fake vendor's calendars: how they are made, and how the vendor would show them. */
import { randomUUID } from 'node:crypto'
import type { EventDetails, ListedEvent } from '../../src/vendor/calendar-event.ts'
import type { CalendarProvider } from '../../src/vendor/calendar-providers.ts'
import type { Page } from '../../src/vendor/vendor-bots.ts'
import type { RawCalendar, VendorCalendar, VendorCalendarDetails } from '../../src/vendor/vendor-calendars.ts'

/** An account at Google or Microsoft. */
export type FakeAccount = {
  readonly provider: CalendarProvider
  email: string
  calendars: RawCalendar[]
  /** False: nobody may read its calendars. */
  permitted: boolean
  /** The tokens that give access. When a token is removed, its next call is refused. */
  readonly refreshTokens: Set<string>
}

/** The fake vendor's record of a connected calendar. Tests may change its fields. */
export type FakeCalendar = VendorCalendarDetails & {
  externalCalendarId: string
  refreshToken: string
  /** By their ids. */
  readonly events: Map<string, FakeEvent>
}

/** The vendor's two answers about one event. */
export type FakeEvent = { listed: ListedEvent; details: EventDetails }

/** By default a Google account with one calendar, whose id is the e-mail. */
export function anAccount(given: Partial<FakeAccount>): Omit<FakeAccount, 'refreshTokens'> {
  const email = given.email ?? `${randomUUID()}@northwind.test`
  const primary = { id: email, name: 'Maren Lindqvist', email: email.toLowerCase(), isPrimary: true }
  return { provider: 'google', email, calendars: [primary], permitted: true, ...given }
}

/** An event of an hour that starts one hour from now, with a meeting that bots can join. */
export function anEvent(now: Date, given: Partial<EventDetails>): EventDetails {
  const startTime = given.startTime ?? new Date(now.getTime() + 3_600_000)
  return {
    id: randomUUID(),
    seriesId: randomUUID(),
    isRecurring: false,
    isException: false,
    title: 'Weekly planning',
    endTime: new Date(startTime.getTime() + 3_600_000),
    status: 'confirmed',
    meetingUrl: 'https://meet.google.com/abc-defg-hij',
    platform: 'meet',
    botScheduled: false,
    createdAt: now,
    description: null,
    location: null,
    timezone: 'Europe/Berlin',
    isAllDay: false,
    organizer: null,
    attendees: null,
    updatedAt: now,
    ...given,
    startTime,
  }
}

export function toListedCalendar(calendar: FakeCalendar): VendorCalendar {
  const { calendarId, provider, accountEmail, status, syncedAt, createdAt } = calendar
  return { calendarId, provider, accountEmail, status, syncedAt, createdAt }
}

export function toCalendarDetails(calendar: FakeCalendar): VendorCalendarDetails {
  const { statusMessage, subscriptionExpiresAt, syncError, externalCalendarId } = calendar
  return { ...toListedCalendar(calendar), statusMessage, subscriptionExpiresAt, syncError, externalCalendarId }
}

/** @param event may also have the fields of details */
export function toListedEvent(event: ListedEvent): ListedEvent {
  const { id, seriesId, isRecurring, isException, title, startTime, endTime } = event
  const { status, meetingUrl, platform, botScheduled, createdAt } = event
  const times = { startTime, endTime, createdAt }
  return { id, seriesId, isRecurring, isException, title, status, meetingUrl, platform, botScheduled, ...times }
}

/** The events of a calendar from a time on, in order of their start. */
export function listedFrom({ events }: FakeCalendar, from: Date): ListedEvent[] {
  return [...events.values()]
    .map(({ listed }) => toListedEvent(listed))
    .filter(({ startTime }) => startTime >= from)
    .sort((a, b) => a.startTime.getTime() - b.startTime.getTime() || (a.id < b.id ? -1 : 1))
}

const pageSize = 250

/** @param cursor the id of the last item on the page before */
export function pageOf<T>(items: T[], idOf: (item: T) => string, cursor: string | null): Page<T> {
  const start = cursor === null ? 0 : items.findIndex((item) => idOf(item) === cursor) + 1
  const page = items.slice(start, start + pageSize)
  const last = page.at(-1)
  const isLast = last === undefined || start + pageSize >= items.length
  return { items: page, nextCursor: isLast ? null : idOf(last) }
}
