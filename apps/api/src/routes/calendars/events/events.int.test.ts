import type { EventDetails } from '@seer/core/vendor/calendar-event'
import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, openCalendarUser, syncNow } from '../../../../testing/calendar-user.ts'
import { calendarUrl, openTestApi, type TestApi } from '../../../../testing/test-api.ts'
import { CalendarEvent, CalendarEventWithDescription } from './event-schema.ts'

let api: TestApi
let alice: CalendarUser
let bob: CalendarUser
let calendar: { id: string; calendarId: string }
beforeAll(async () => {
  api = await openTestApi()
  bob = await openCalendarUser(api, 'bob')
})
afterAll(() => api.close())

beforeEach(async () => {
  api.clock.now = new Date('2026-05-05T10:00:00Z')
  alice = await openCalendarUser(api, 'alice')
  calendar = await alice.connect()
})

/** Puts events into a calendar that start at these hours of the day, half an hour long, and reads them. */
async function put(hours: Record<string, number>, changes: Partial<EventDetails> = {}, into = calendar) {
  for (const [title, hour] of Object.entries(hours)) {
    const startTime = new Date(Date.UTC(2026, 4, 5, 0, hour * 60))
    const endTime = new Date(startTime.getTime() + 1_800_000)
    api.calendarVendor.putEvent(into.calendarId, { title, startTime, endTime, ...changes })
  }
  await syncNow(api, into.id)
}

async function titles(query = '', user = alice): Promise<string[]> {
  const { status, body } = await user.get(`/events?${query}`)
  expect([query, status]).toEqual([query, 200])
  return body.data.map(({ title }: CalendarEvent) => title)
}

describe('GET /calendar/events', () => {
  test('shows events with all that is known, but the description', async () => {
    const organizer = { email: 'ada@acme.test', name: 'Ada' }
    const attendee = {
      email: alice.email,
      name: null,
      responseStatus: 'accepted',
      organizer: false,
      self: true,
    } as const
    const details = { organizer, attendees: [attendee], description: 'Bring numbers.', location: 'Room 4' }
    await put({ planning: 11 }, details)
    const { body } = await alice.get('/events')
    const event = CalendarEvent.strict().parse(body.data[0])
    expect(event).toMatchObject({
      calendarId: calendar.calendarId,
      integrationId: calendar.id,
      provider: 'google',
      title: 'planning',
      location: 'Room 4',
      startTime: '2026-05-05T11:00:00.000Z',
      endTime: '2026-05-05T11:30:00.000Z',
      timezone: 'Europe/Berlin',
      status: 'confirmed',
      platform: 'meet',
      organizer,
      isOrganizer: false,
      attendees: [attendee],
      removedAt: null,
    })
    expect(body.nextCursor).toBeUndefined()
    const single = await alice.get(`/events/${event.id.toUpperCase()}`)
    expect(CalendarEventWithDescription.strict().parse(single.body.data)).toEqual({
      ...event,
      description: 'Bring numbers.',
    })
  })

  test('lists what is not over, all from a start date on, or what was asked for', async () => {
    await put({ over: 8, running: 9.75, later: 12 })
    await put({ maybe: 13 }, { status: 'tentative' })
    await put({ off: 14 }, { status: 'cancelled' })
    const all = ['over', 'running', 'later', 'maybe', 'off']
    expect(await titles()).toEqual(all.slice(1))
    expect(await titles('status=upcoming')).toEqual(all.slice(1))
    expect(await titles('status=past')).toEqual(['over'])
    expect(await titles('status=all')).toEqual(all)
    expect(await titles('status=confirmed,tentative')).toEqual(['running', 'later', 'maybe'])
    expect(await titles('status=cancelled&status=tentative')).toEqual(['maybe', 'off'])
    expect(await titles('status=all,confirmed')).toEqual(['over', 'running', 'later'])
    expect(await titles('startDateGte=2026-05-05')).toEqual(all)
    expect(await titles('startDateGte=2026-05-05&status=upcoming')).toEqual(all.slice(1))
    expect(await titles('startDateGte=2026-05-05T11:45:00%2B02:00')).toEqual(all.slice(1))
    expect(await titles('startDateLte=2026-05-05T08:00:00Z')).toEqual(['over'])
    expect(await titles('startDateLte=2026-05-05')).toEqual([])
    expect(await titles('startDateGte=2026-05-06')).toEqual([])
    expect(await titles('startDateGte=0001-01-01&startDateLte=9999-12-31')).toEqual(all)
  })

  test('filters by organiser, attendee and calendar', async () => {
    const person = (email: string) =>
      ({ email, name: null, responseStatus: 'accepted', organizer: false, self: false }) as const
    await put({ mine: 11 }, { organizer: { email: 'ada@acme.test', name: null }, attendees: [person('bo@acme.test')] })
    const team = await alice.connect({ rawCalendarId: alice.teamId })
    await put({ theirs: 12 }, {}, team)
    expect(await titles('organizerEmail=Ada@acme.test')).toEqual(['mine'])
    expect(await titles('attendeeEmail=BO@acme.test')).toEqual(['mine'])
    expect(await titles('attendeeEmail=nobody@acme.test')).toEqual([])
    expect(await titles(`calendarId=${team.id}`)).toEqual(['theirs'])
    expect(await titles(`calendarId=${calendar.calendarId.toUpperCase()}`)).toEqual(['mine'])
    expect(await titles()).toEqual(['mine', 'theirs'])
  })

  test('pages through all events, also through those that start together', async () => {
    await put({ a: 11, b: 11, c: 11, d: 12, e: 12, f: 13, g: 14 })
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await alice.get(`/events?limit=3${cursor}`)
      seen.push(...body.data.map(({ title }: CalendarEvent) => title))
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : ''
    } while (cursor)
    expect([seen.slice(0, 3).sort().join(''), seen.slice(3, 5).sort().join(''), seen.slice(5).join('')]).toEqual([
      'abc',
      'de',
      'fg',
    ])
  })

  test('keeps users apart', async () => {
    await put({ secret: 11 })
    const { body } = await alice.get('/events')
    expect(await titles('', bob)).toEqual([])
    expect(await bob.get(`/events/${body.data[0].id}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } })
    for (const calendarId of [calendar.id, calendar.calendarId, newId()]) {
      const { status, body: problem } = await bob.get(`/events?calendarId=${calendarId}`)
      expect([status, problem.code]).toEqual([404, 'CALENDAR_NOT_FOUND'])
    }
  })

  test('shows nothing of a calendar that was disconnected', async () => {
    await put({ gone: 11 })
    const { body } = await alice.get('/events')
    await alice.client('DELETE', `${calendarUrl}/integrations/google`)
    expect(await titles()).toEqual([])
    expect((await alice.get(`/events/${body.data[0].id}`)).status).toBe(404)
    expect((await alice.get(`/events?calendarId=${calendar.id}`)).body.code).toBe('CALENDAR_NOT_FOUND')
  })

  test.each([
    ['limit=0', 'VALIDATION_FAILED', 'limit'],
    ['limit=251', 'VALIDATION_FAILED', 'limit'],
    ['colour=red', 'VALIDATION_FAILED', 'colour'],
    ['calendarId=primary', 'VALIDATION_FAILED', 'calendarId'],
    ['status=', 'VALIDATION_FAILED', 'status.0'],
    ['status=upcoming,past', 'VALIDATION_FAILED', 'status'],
    ['status=declined', 'VALIDATION_FAILED', 'status.0'],
    ['startDateGte=yesterday', 'VALIDATION_FAILED', 'startDateGte'],
    ['startDateGte=2026-05-05T10:00:00', 'VALIDATION_FAILED', 'startDateGte'],
    ['startDateLte=2026-02-30', 'VALIDATION_FAILED', 'startDateLte'],
    ['organizerEmail=ada', 'VALIDATION_FAILED', 'organizerEmail'],
    ['attendeeEmail=a%00@acme.test', 'VALIDATION_FAILED', 'attendeeEmail'],
    ['cursor=abc', 'INVALID_CURSOR', 'cursor'],
    ['cursor=', 'INVALID_CURSOR', 'cursor'],
  ])('refuses %s', async (query, code, path) => {
    const { status, body } = await alice.get(`/events?${query}`)
    expect([status, body.code, body.errors[0].path]).toEqual([400, code, path])
  })

  test('refuses an id that is none', async () => {
    expect((await alice.get('/events/42')).body.code).toBe('VALIDATION_FAILED')
  })
})
