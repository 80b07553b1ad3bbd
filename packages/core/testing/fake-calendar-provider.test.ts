import { describe, expect, test } from 'vitest'
import { RetryableError } from '../src/basics/errors.ts'
import type { Attendee } from '../src/vendor/calendar-event.ts'
import { at } from './builders.ts'
import { type CalendarWorld, calendarProviderContract, type WorldAccount } from './calendar-provider-contract.ts'
import { fakeCalendarProvider } from './fake-calendar-provider.ts'

const now = () => at(0)

async function openWorld(): Promise<CalendarWorld> {
  const provider = fakeCalendarProvider({ now })
  const accounts = new Map<WorldAccount, Set<string>>()
  const calendarOf = (externalId: string) => {
    const calendar = provider.calendars.find(({ externalCalendarId }) => externalCalendarId === externalId)
    return calendar ?? expect.unreachable(`${externalId} is not connected`)
  }
  return {
    provider,
    now,
    async addAccount(name) {
      const email = `Maren.${accounts.size}@northwind.test`
      const raw = (id: string, isPrimary: boolean) => ({ id, name: id, email: email.toLowerCase(), isPrimary })
      const calendars = [raw(email, true), raw(`team-${accounts.size}`, false)]
      const { refreshToken, refreshTokens } = provider.addAccount({ provider: name, email, calendars })
      const calendarIds: [string, string] = [email, `team-${accounts.size}`]
      const account = { grant: { provider: name, refreshToken }, email, calendarIds }
      accounts.set(account, refreshTokens)
      return account
    },
    revoke: async (account) => accounts.get(account)?.clear(),
    async addEvents(_, externalId, events) {
      for (const { attendeeEmails, ...event } of events) {
        provider.putEvent(calendarOf(externalId).calendarId, { ...event, attendees: attendeeEmails.map(anAttendee) })
      }
    },
    async cancelEvent(_, externalId, title) {
      const { calendarId, events } = calendarOf(externalId)
      for (const { details } of events.values()) {
        if (details.title === title) provider.changeEvent(calendarId, details.id, { status: 'cancelled' })
      }
    },
  }
}

function anAttendee(email: string): Attendee {
  return { email, name: null, responseStatus: 'needsAction', organizer: false, self: false }
}

describe('the calendar provider in memory', () => {
  calendarProviderContract(openWorld)

  const lost = new RetryableError('PROVIDER_TIMEOUT', { outcomeUnknown: true })

  async function aCalendar() {
    const provider = fakeCalendarProvider({ now })
    const grant = provider.addAccount()
    const { calendarId } = await provider.createCalendar(grant, grant.email)
    return { provider, grant, calendarId }
  }

  test('fails before or after the effect of a call, once per order', async () => {
    const provider = fakeCalendarProvider({ now })
    const grant = provider.addAccount()
    provider.failNext('createCalendar', lost)
    provider.failNext('createCalendar', lost, 'after')
    await expect(provider.createCalendar(grant, grant.email)).rejects.toBe(lost)
    expect(provider.calendars).toHaveLength(0)
    await expect(provider.createCalendar(grant, grant.email)).rejects.toBe(lost)
    expect(provider.calendars).toHaveLength(1)
    expect(provider.calls).toEqual(['createCalendar', 'createCalendar'])
    expect(provider.callArguments[1]).toEqual([grant, grant.email])
  })

  test('refuses as the vendor does', async () => {
    const provider = fakeCalendarProvider({ now, configured: ['google'] })
    const grant = provider.addAccount()
    provider.limit = 0
    const create = provider.createCalendar(grant, grant.email)
    await expect(create).rejects.toMatchObject({ code: 'CALENDAR_LIMIT_REACHED' })
    grant.permitted = false
    await expect(provider.listRawCalendars(grant)).rejects.toMatchObject({ code: 'CALENDAR_PERMISSION_DENIED' })
    const other = provider.listRawCalendars({ ...grant, provider: 'microsoft' })
    await expect(other).rejects.toMatchObject({ code: 'CALENDAR_PROVIDER_NOT_CONFIGURED' })
  })

  test('may list an event otherwise than it shows it alone', async () => {
    const { provider, calendarId } = await aCalendar()
    const { id } = provider.putEvent(calendarId, { title: 'Old', updatedAt: at(-5) })
    const titles = async () => {
      const { items } = await provider.listEvents(calendarId, at(0), null)
      const { title, updatedAt } = (await provider.getEvent(calendarId, id)) ?? expect.unreachable()
      return [items[0]?.title, title, updatedAt]
    }
    provider.changeEvent(calendarId, id, { title: 'New' }, 'list')
    expect(await titles()).toEqual(['New', 'Old', at(-5)])
    provider.changeEvent(calendarId, id, { title: 'Newest' }, 'details')
    expect(await titles()).toEqual(['New', 'Newest', at(0)])
    provider.removeEvent(calendarId, id)
    expect(await provider.getEvent(calendarId, id)).toBeNull()
  })

  test('forgets a calendar', async () => {
    const { provider, calendarId } = await aCalendar()
    provider.calendar(calendarId).status = 'revoked'
    expect(await provider.getCalendar(calendarId)).toMatchObject({ status: 'revoked' })
    provider.forget(calendarId)
    expect(await provider.getCalendar(calendarId)).toBeNull()
  })
})
