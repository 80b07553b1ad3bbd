import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { type CalendarProvider, calendarProviders } from '../../src/vendor/calendar-providers.ts'
import type { Page } from '../../src/vendor/vendor-bots.ts'
import type { CalendarGrant, VendorCalendars } from '../../src/vendor/vendor-calendars.ts'

/** An account at Google or Microsoft with two calendars of its own, the first its primary one. */
export type WorldAccount = { grant: CalendarGrant; email: string; calendarIds: [string, string] }

export type WorldEvent = { title: string; startTime: Date; endTime: Date; meetingUrl: string; attendeeEmails: string[] }

/** A vendor together with the accounts whose calendars it reads. */
export type CalendarWorld = {
  vendor: VendorCalendars
  /** The vendor's time. */
  now(): Date
  addAccount(provider: CalendarProvider): Promise<WorldAccount>
  /** The account's tokens open it no more. */
  revoke(account: WorldAccount): Promise<void>
  /** Puts events into a connected calendar and waits until the vendor has seen them. */
  addEvents(account: WorldAccount, externalCalendarId: string, events: WorldEvent[]): Promise<void>
  /** Cancels the event of that title and waits until the vendor has seen it. */
  cancelEvent(account: WorldAccount, externalCalendarId: string, title: string): Promise<void>
}

/** What every VendorCalendars must keep. */
export function vendorCalendarsContract(open: () => Promise<CalendarWorld>): void {
  let world: CalendarWorld
  let vendor: VendorCalendars
  beforeAll(async () => {
    world = await open()
    vendor = world.vendor
  })

  const inHours = (hours: number) => new Date(world.now().getTime() + hours * 3_600_000)

  async function connected(name: CalendarProvider = 'google') {
    const account = await world.addAccount(name)
    const [externalId] = account.calendarIds
    return { account, externalId, ...(await vendor.createCalendar(account.grant, externalId)) }
  }

  function anEvent(title: string, changes: Partial<WorldEvent> = {}): WorldEvent {
    const link = { meetingUrl: 'https://meet.google.com/abc-defg-hij', attendeeEmails: ['joao@northwind.test'] }
    return { title, startTime: inHours(2), endTime: inHours(3), ...link, ...changes }
  }

  async function all<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
    const items: T[] = []
    for (let cursor: string | null = null, page: Page<T> | null = null; page?.nextCursor !== null; ) {
      page = await read(cursor)
      items.push(...page.items)
      cursor = page.nextCursor
    }
    return items
  }

  const allEvents = (calendarId: string, from = inHours(-1)) =>
    all((cursor) => vendor.listEvents(calendarId, from, cursor))

  describe.each(calendarProviders)('an account of %s', (name) => {
    test('shows its calendars', async () => {
      const { grant, email, calendarIds } = await world.addAccount(name)
      const calendars = await vendor.listRawCalendars(grant)
      expect(calendars.map(({ id }) => id)).toEqual(calendarIds)
      expect(calendars.map(({ isPrimary }) => isPrimary)).toEqual([true, false])
      expect(calendars[0]).toMatchObject({ name: expect.any(String), email: email.toLowerCase() })
    })

    test('is connected, listed, read and disconnected', async () => {
      const { account, externalId, ...calendar } = await connected(name)
      const accountEmail = account.email.toLowerCase()
      expect(calendar).toMatchObject({ provider: name, accountEmail, status: 'active', createdAt: expect.any(Date) })
      const { calendarId } = calendar
      const listed = await all((cursor) => vendor.listCalendars({ accountEmail }, cursor))
      expect(listed.map((one) => one.calendarId)).toEqual([calendarId])
      const details = await vendor.getCalendar(calendarId)
      expect(details).toMatchObject({ calendarId, provider: name, accountEmail, status: 'active' })
      expect([externalId, null]).toContain(details?.externalCalendarId)
      expect(await vendor.deleteCalendar(calendarId)).toBe(true)
      expect(await vendor.deleteCalendar(calendarId)).toBe(false)
      expect(await vendor.getCalendar(calendarId)).toBeNull()
      expect(await vendor.listCalendars({ accountEmail }, null)).toEqual({ items: [], nextCursor: null })
    })
  })

  describe('a connected calendar', () => {
    test('is not connected twice, its neighbour is', async () => {
      const { account, externalId } = await connected()
      const again = vendor.createCalendar(account.grant, externalId)
      await expect(again).rejects.toMatchObject({ name: 'PermanentError', code: 'VENDOR_CALENDAR_EXISTS' })
      expect(await vendor.createCalendar(account.grant, account.calendarIds[1])).toMatchObject({ status: 'active' })
    })

    test('takes a new grant', async () => {
      const { account, calendarId } = await connected()
      const renewed = await vendor.updateCalendar(calendarId, account.grant)
      expect(renewed).toEqual({ status: 'active', accountEmail: account.email.toLowerCase() })
    })

    test('is read again and subscribed again on request', async () => {
      const { calendarId } = await connected()
      await vendor.syncCalendar(calendarId)
      await vendor.resubscribeCalendar(calendarId)
      const expiresAt = (await vendor.getCalendar(calendarId))?.subscriptionExpiresAt
      expect(expiresAt?.getTime()).toBeGreaterThan(world.now().getTime())
    })

    test('lists its events, and shows more of each by itself', async () => {
      const { account, externalId, calendarId } = await connected()
      const event = anEvent('Planning')
      await world.addEvents(account, externalId, [event])
      const [listed, ...others] = await allEvents(calendarId)
      expect(others).toEqual([])
      const { title, startTime, endTime, meetingUrl } = event
      const known = { title, startTime, endTime, meetingUrl, platform: 'meet', status: 'confirmed' }
      expect(listed).toMatchObject({ ...known, isRecurring: false, isException: false, botScheduled: false })
      const details = await vendor.getEvent(calendarId, listed?.id ?? '')
      expect(details).toMatchObject({ ...listed, isAllDay: false, updatedAt: expect.any(Date) })
      expect(details?.attendees?.map(({ email }) => email)).toContain('joao@northwind.test')
    })

    test('keeps showing an event that was cancelled', async () => {
      const { account, externalId, calendarId } = await connected()
      await world.addEvents(account, externalId, [anEvent('Goes on'), anEvent('Called off')])
      await world.cancelEvent(account, externalId, 'Called off')
      const status = new Map((await allEvents(calendarId)).map((event) => [event.title, event.status]))
      expect(status).toEqual(new Map([['Goes on', 'confirmed']]).set('Called off', 'cancelled'))
    })

    test('shows events that start at or after a time', async () => {
      const { account, externalId, calendarId } = await connected()
      const later = anEvent('Later', { startTime: inHours(5), endTime: inHours(6) })
      await world.addEvents(account, externalId, [anEvent('Sooner'), later])
      const titles = async (from: Date) => (await allEvents(calendarId, from)).map(({ title }) => title)
      expect((await titles(inHours(1))).sort()).toEqual(['Later', 'Sooner'])
      expect(await titles(later.startTime)).toEqual(['Later'])
      expect(await titles(inHours(6))).toEqual([])
    })

    test('shows events in pages of 250, none twice and none missing', async () => {
      const { account, externalId, calendarId } = await connected()
      const titles = Array.from({ length: 260 }, (_, index) => `Event ${index}`)
      await world.addEvents(
        account,
        externalId,
        titles.map((title) => anEvent(title)),
      )
      expect((await vendor.listEvents(calendarId, inHours(-1), null)).items).toHaveLength(250)
      expect((await allEvents(calendarId)).map(({ title }) => title).sort()).toEqual(titles.sort())
    })
  })

  describe('a grant that was withdrawn', () => {
    const refused = { name: 'PermanentError', code: 'CALENDAR_TOKEN_REFUSED' }

    test('opens nothing', async () => {
      const { account, calendarId } = await connected()
      await world.revoke(account)
      const { grant, calendarIds } = account
      await expect(vendor.listRawCalendars(grant)).rejects.toMatchObject(refused)
      await expect(vendor.createCalendar(grant, calendarIds[1])).rejects.toMatchObject(refused)
      await expect(vendor.updateCalendar(calendarId, grant)).rejects.toMatchObject(refused)
    })

    test('keeps a connected calendar from being read again', async () => {
      const { account, calendarId } = await connected()
      await world.revoke(account)
      await expect(vendor.syncCalendar(calendarId)).rejects.toMatchObject(refused)
    })
  })

  describe('a calendar that the vendor does not have', () => {
    const notFound = { name: 'PermanentError', code: 'VENDOR_CALENDAR_NOT_FOUND' }

    test.each(['syncCalendar', 'resubscribeCalendar'] as const)('%s says so', async (method) => {
      await expect(vendor[method](randomUUID())).rejects.toMatchObject(notFound)
    })

    test('takes no grant and has no events', async () => {
      const { grant } = await world.addAccount('google')
      await expect(vendor.updateCalendar(randomUUID(), grant)).rejects.toMatchObject(notFound)
      await expect(vendor.listEvents(randomUUID(), inHours(-1), null)).rejects.toMatchObject(notFound)
      expect(await vendor.getEvent(randomUUID(), randomUUID())).toBeNull()
      const { calendarId } = await connected()
      expect(await vendor.getEvent(calendarId, randomUUID())).toBeNull()
    })
  })

  test('calendars come in pages of 250, newest first, none twice and none missing', async () => {
    const made: string[] = []
    for (let i = 0; i < 260; i++) made.push((await connected()).calendarId)
    expect((await vendor.listCalendars({}, null)).items).toHaveLength(250)
    const listed = await all((cursor) => vendor.listCalendars({}, cursor))
    expect(listed.map(({ calendarId }) => calendarId)).toEqual(expect.arrayContaining(made))
    expect(new Set(listed.map(({ calendarId }) => calendarId)).size).toBe(listed.length)
    const times = listed.map(({ createdAt }) => createdAt.getTime())
    expect(times).toEqual([...times].sort((a, b) => b - a))
  })
}
