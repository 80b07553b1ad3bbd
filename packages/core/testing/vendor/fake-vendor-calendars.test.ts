import { describe, expect, test } from 'vitest'
import { RetryableError } from '../../src/basics/errors.ts'
import type { Attendee } from '../../src/vendor/calendar-event.ts'
import { at } from '../meetings/builders.ts'
import { fakeVendorCalendars } from './fake-vendor-calendars.ts'
import { type CalendarWorld, vendorCalendarsContract, type WorldAccount } from './vendor-calendars-contract.ts'

const now = () => at(0)

async function openWorld(): Promise<CalendarWorld> {
  const vendor = fakeVendorCalendars({ now })
  const accounts = new Map<WorldAccount, Set<string>>()
  const calendarOf = (externalId: string) => {
    const calendar = vendor.calendars.find(({ externalCalendarId }) => externalCalendarId === externalId)
    return calendar ?? expect.unreachable(`${externalId} is not connected`)
  }
  return {
    vendor,
    now,
    async addAccount(name) {
      const email = `Maren.${accounts.size}@northwind.test`
      const raw = (id: string, isPrimary: boolean) => ({ id, name: id, email: email.toLowerCase(), isPrimary })
      const calendars = [raw(email, true), raw(`team-${accounts.size}`, false)]
      const { refreshToken, refreshTokens } = vendor.addAccount({ provider: name, email, calendars })
      const calendarIds: [string, string] = [email, `team-${accounts.size}`]
      const account = { grant: { provider: name, refreshToken }, email, calendarIds }
      accounts.set(account, refreshTokens)
      return account
    },
    revoke: async (account) => accounts.get(account)?.clear(),
    async addEvents(_, externalId, events) {
      for (const { attendeeEmails, ...event } of events) {
        vendor.putEvent(calendarOf(externalId).calendarId, { ...event, attendees: attendeeEmails.map(anAttendee) })
      }
    },
    async cancelEvent(_, externalId, title) {
      const { calendarId, events } = calendarOf(externalId)
      for (const { details } of events.values()) {
        if (details.title === title) vendor.changeEvent(calendarId, details.id, { status: 'cancelled' })
      }
    },
  }
}

function anAttendee(email: string): Attendee {
  return { email, name: null, responseStatus: 'needsAction', organizer: false, self: false }
}

describe('the vendor’s calendars in memory', () => {
  vendorCalendarsContract(openWorld)

  const lost = new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true })

  async function aCalendar() {
    const vendor = fakeVendorCalendars({ now })
    const grant = vendor.addAccount()
    const { calendarId } = await vendor.createCalendar(grant, grant.email)
    return { vendor, grant, calendarId }
  }

  test('fails before or after the effect of a call, once per order', async () => {
    const vendor = fakeVendorCalendars({ now })
    const grant = vendor.addAccount()
    vendor.failNext('createCalendar', lost)
    vendor.failNext('createCalendar', lost, 'after')
    await expect(vendor.createCalendar(grant, grant.email)).rejects.toBe(lost)
    expect(vendor.calendars).toHaveLength(0)
    await expect(vendor.createCalendar(grant, grant.email)).rejects.toBe(lost)
    expect(vendor.calendars).toHaveLength(1)
    expect(vendor.calls).toEqual(['createCalendar', 'createCalendar'])
    expect(vendor.callArguments[1]).toEqual([grant, grant.email])
  })

  test('refuses as the vendor does', async () => {
    const vendor = fakeVendorCalendars({ now, configured: ['google'] })
    const grant = vendor.addAccount()
    vendor.limit = 0
    const create = vendor.createCalendar(grant, grant.email)
    await expect(create).rejects.toMatchObject({ code: 'CALENDAR_LIMIT_REACHED' })
    grant.permitted = false
    await expect(vendor.listRawCalendars(grant)).rejects.toMatchObject({ code: 'CALENDAR_PERMISSION_DENIED' })
    const other = vendor.listRawCalendars({ ...grant, provider: 'microsoft' })
    await expect(other).rejects.toMatchObject({ code: 'CALENDAR_PROVIDER_NOT_CONFIGURED' })
  })

  test('may show an event differently in its list than by itself', async () => {
    const { vendor, calendarId } = await aCalendar()
    const { id } = vendor.putEvent(calendarId, { title: 'Old', updatedAt: at(-5) })
    const titles = async () => {
      const { items } = await vendor.listEvents(calendarId, at(0), null)
      const { title, updatedAt } = (await vendor.getEvent(calendarId, id)) ?? expect.unreachable()
      return [items[0]?.title, title, updatedAt]
    }
    vendor.changeEvent(calendarId, id, { title: 'New' }, 'list')
    expect(await titles()).toEqual(['New', 'Old', at(-5)])
    vendor.changeEvent(calendarId, id, { title: 'Newest' }, 'details')
    expect(await titles()).toEqual(['New', 'Newest', at(0)])
    vendor.removeEvent(calendarId, id)
    expect(await vendor.getEvent(calendarId, id)).toBeNull()
  })

  test('forgets a calendar', async () => {
    const { vendor, calendarId } = await aCalendar()
    vendor.calendar(calendarId).status = 'revoked'
    expect(await vendor.getCalendar(calendarId)).toMatchObject({ status: 'revoked' })
    vendor.forget(calendarId)
    expect(await vendor.getCalendar(calendarId)).toBeNull()
  })
})
