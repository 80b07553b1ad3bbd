import { randomUUID } from 'node:crypto'
import type { Clock } from '../../src/basics/clock.ts'
import type { ErrorCode } from '../../src/basics/error-codes.ts'
import { PermanentError } from '../../src/basics/errors.ts'
import type { EventDetails } from '../../src/vendor/calendar-event.ts'
import { type CalendarProvider, calendarProviders } from '../../src/vendor/calendar-providers.ts'
import type { CalendarGrant, VendorCalendars } from '../../src/vendor/vendor-calendars.ts'
import {
  anAccount,
  anEvent,
  type FakeAccount,
  type FakeCalendar,
  listedFrom,
  pageOf,
  toCalendarDetails,
  toListedCalendar,
} from './fake-vendor-calendars-data.ts'

type Method = keyof VendorCalendars

/** A VendorCalendars in memory that the test controls. It passes the same contract suite as the real adapter. */
export type FakeVendorCalendars = VendorCalendars & {
  /** Connected calendars, oldest first. */
  readonly calendars: readonly FakeCalendar[]
  /** All calls so far, failed ones included. `callArguments` has the arguments of each. */
  readonly calls: readonly Method[]
  readonly callArguments: readonly (readonly unknown[])[]
  /** How many calendars the plan allows. */
  limit: number
  /**
   * Makes the next call of a method fail. `after`: the call is carried out before, as when its answer gets lost.
   * Several failures of one method queue up.
   */
  failNext(method: Method, error: Error, when?: 'before' | 'after'): void
  /** Adds an account, by default at Google with one calendar, whose id is the e-mail. The account is also a grant. */
  addAccount(
    account?: Partial<Omit<FakeAccount, 'refreshTokens'>> & { refreshToken?: string },
  ): FakeAccount & CalendarGrant
  /** @throws PermanentError VENDOR_CALENDAR_NOT_FOUND */
  calendar(calendarId: string): FakeCalendar
  /** Makes the vendor lose every trace of the calendar. */
  forget(calendarId: string): void
  /** Adds an event, or replaces the event with the same id. By default in one hour, with a link of Google Meet. */
  putEvent(calendarId: string, event?: Partial<EventDetails>): EventDetails
  /** Changes an event in the list, in its details (`updatedAt` becomes now), or in both. */
  changeEvent(
    calendarId: string,
    eventId: string,
    changes: Partial<EventDetails>,
    where?: 'both' | 'list' | 'details',
  ): void
  /** Removes an event from the list and its details. */
  removeEvent(calendarId: string, eventId: string): void
}

type Options = {
  now: Clock
  /** Default: both. */
  configured?: readonly CalendarProvider[]
}

const week = 7 * 86_400_000

export function fakeVendorCalendars(options: Options): FakeVendorCalendars {
  const { now, configured = calendarProviders } = options
  const accounts: FakeAccount[] = []
  const calendars: FakeCalendar[] = []
  const calls: Method[] = []
  const callArguments: (readonly unknown[])[] = []
  const failures: { method: Method; error: Error; when: 'before' | 'after' }[] = []

  async function call<T>(method: Method, given: readonly unknown[], work: () => T): Promise<T> {
    calls.push(method)
    callArguments.push(given)
    const index = failures.findIndex((failure) => failure.method === method)
    const [failure] = index === -1 ? [] : failures.splice(index, 1)
    if (failure?.when === 'before') throw failure.error
    const result = work()
    if (failure) throw failure.error
    return result
  }

  function open({ provider, refreshToken }: CalendarGrant): FakeAccount {
    if (!configured.includes(provider)) throw new PermanentError('CALENDAR_PROVIDER_NOT_CONFIGURED')
    const account = accounts.find((one) => one.provider === provider && one.refreshTokens.has(refreshToken))
    if (!account) throw refusal('CALENDAR_TOKEN_REFUSED', 401)
    if (!account.permitted) throw refusal('CALENDAR_PERMISSION_DENIED', 403)
    return account
  }

  const look = (calendarId: string) => calendars.find((calendar) => calendar.calendarId === calendarId)

  function find(calendarId: string): FakeCalendar {
    const calendar = look(calendarId)
    if (!calendar) throw refusal('VENDOR_CALENDAR_NOT_FOUND', 404)
    return calendar
  }

  /** Finds a calendar and tries its token. */
  function findOpen(calendarId: string): FakeCalendar {
    const calendar = find(calendarId)
    open(calendar)
    return calendar
  }

  function connect(grant: CalendarGrant, externalCalendarId: string): FakeCalendar {
    const { provider, email, calendars: raw } = open(grant)
    if (!raw.some(({ id }) => id === externalCalendarId)) throw refusal('VENDOR_REJECTED', 400)
    const isSame = (one: FakeCalendar) => one.provider === provider && one.externalCalendarId === externalCalendarId
    if (calendars.some(isSame)) throw refusal('VENDOR_CALENDAR_EXISTS', 409)
    if (calendars.length >= fake.limit) throw refusal('CALENDAR_LIMIT_REACHED', 429)
    const identity = { calendarId: randomUUID(), provider, accountEmail: email.toLowerCase(), externalCalendarId }
    const calendar = { ...identity, ...aFreshConnection(now()), refreshToken: grant.refreshToken }
    calendars.push(calendar)
    return calendar
  }

  function renew(calendar: FakeCalendar, grant: CalendarGrant) {
    const accountEmail = open(grant).email.toLowerCase()
    const { createdAt: _, events: _events, ...fresh } = aFreshConnection(now())
    const { status } = Object.assign(calendar, { ...fresh, accountEmail, refreshToken: grant.refreshToken })
    return { status, accountEmail }
  }

  function drop(calendar: FakeCalendar | undefined): boolean {
    if (calendar) calendars.splice(calendars.indexOf(calendar), 1)
    return calendar !== undefined
  }

  const fake: FakeVendorCalendars = {
    calendars,
    calls,
    callArguments,
    limit: Number.POSITIVE_INFINITY,
    failNext: (method, error, when = 'before') => void failures.push({ method, error, when }),
    addAccount: ({ refreshToken = randomUUID(), ...given } = {}) => {
      const account = { ...anAccount(given), refreshTokens: new Set([refreshToken]), refreshToken }
      accounts.push(account)
      return account
    },
    calendar: find,
    forget: (calendarId) => void drop(find(calendarId)),
    putEvent: (calendarId, event = {}) => {
      const details = anEvent(now(), event)
      find(calendarId).events.set(details.id, { listed: details, details })
      return details
    },
    changeEvent: (calendarId, eventId, changes, where = 'both') => {
      const event = find(calendarId).events.get(eventId)
      if (!event) throw new Error(`There is no event ${eventId}.`)
      if (where !== 'details') event.listed = { ...event.listed, ...changes }
      if (where !== 'list') event.details = { ...event.details, updatedAt: now(), ...changes }
    },
    removeEvent: (calendarId, eventId) => void find(calendarId).events.delete(eventId),

    listRawCalendars: (grant) => call('listRawCalendars', [grant], () => structuredClone(open(grant).calendars)),
    createCalendar: (grant, id) => call('createCalendar', [grant, id], () => toListedCalendar(connect(grant, id))),
    updateCalendar: (id, grant) => call('updateCalendar', [id, grant], () => renew(find(id), grant)),
    deleteCalendar: (id) => call('deleteCalendar', [id], () => drop(look(id))),
    getCalendar: (id) =>
      call('getCalendar', [id], () => {
        const calendar = look(id)
        return calendar ? toCalendarDetails(calendar) : null
      }),
    listCalendars: (filter, cursor) =>
      call('listCalendars', [filter, cursor], () => {
        const found = calendars.filter(({ accountEmail }) => accountEmail.includes(filter.accountEmail ?? ''))
        return pageOf(found.reverse().map(toListedCalendar), ({ calendarId }) => calendarId, cursor)
      }),
    syncCalendar: (id) => call('syncCalendar', [id], () => void Object.assign(findOpen(id), { syncedAt: now() })),
    resubscribeCalendar: (id) =>
      call('resubscribeCalendar', [id], () => {
        findOpen(id).subscriptionExpiresAt = new Date(now().getTime() + week)
      }),
    listEvents: (id, from, cursor) =>
      call('listEvents', [id, from, cursor], () => pageOf(listedFrom(find(id), from), (event) => event.id, cursor)),
    getEvent: (id, eventId) =>
      call('getEvent', [id, eventId], () => structuredClone(look(id)?.events.get(eventId)?.details ?? null)),
  }
  return fake
}

function aFreshConnection(now: Date) {
  const times = { syncedAt: now, createdAt: now, subscriptionExpiresAt: new Date(now.getTime() + week) }
  return { status: 'active' as const, statusMessage: null, syncError: null, events: new Map(), ...times }
}

function refusal(code: ErrorCode, upstreamStatus: number): PermanentError {
  return new PermanentError(code, { upstreamStatus })
}
