import type { CalendarGrant } from '@seer/core/vendor/vendor-calendars'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { json, openCaptureServer, type Respond, vendorError } from '../../../testing/vendor/capture-server.ts'
import { type OpenVendorCalendars, openVendorCalendars } from './open-vendor-calendars.ts'

const calendarId = '84e7d1a9-63f0-4b2c-a58d-1c09f6b7e340'
const eventId = '71b2e94f-0a6d-4c58-b3f7-e98d40c61a25'
const seriesId = 'b90c4e67-8d12-4fa3-9c75-6e3b0a1d8f42'
const from = new Date('2026-07-09T00:00:00Z')
const google: CalendarGrant = { provider: 'google', refreshToken: '1//google-token' }
const microsoft: CalendarGrant = { provider: 'microsoft', refreshToken: 'microsoft-token' }
const oauthClients = {
  google: { clientId: 'g-id', clientSecret: 'g-secret', tenantId: 'of no use' },
  microsoft: { clientId: 'm-id', clientSecret: 'm-secret', tenantId: 'tenant' },
}
const googleOauth = {
  oauth_client_id: 'g-id',
  oauth_client_secret: 'g-secret',
  oauth_refresh_token: google.refreshToken,
}
const microsoftOauth = {
  oauth_client_id: 'm-id',
  oauth_client_secret: 'm-secret',
  oauth_refresh_token: microsoft.refreshToken,
  oauth_tenant_id: 'tenant',
}

let server: Awaited<ReturnType<typeof openCaptureServer>>
let vendor: OpenVendorCalendars
let lines: object[]

beforeAll(async () => {
  server = await openCaptureServer()
  const log = (call: object) => void lines.push(call)
  vendor = openVendorCalendars({ apiKey: 'key-1234', baseUrl: server.url, oauthClients, log })
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await vendor.close()
  await server.close()
})

const success = (data: unknown, more = {}) => json(200, { success: true, data, ...more })

/** The requests so far: method, path with query, body. */
function sent() {
  return server.requests.map(({ method, path, body }) => [method, path, body === '' ? null : JSON.parse(body)])
}

const calendarFields = {
  calendar_id: calendarId,
  calendar_platform: 'google',
  account_email: 'Maren@Northwind.test',
  status: 'active',
  created_at: '2026-06-30T08:11:00.000Z',
}
const calendar = {
  calendarId,
  provider: 'google',
  accountEmail: 'maren@northwind.test',
  status: 'active',
  syncedAt: null,
  createdAt: new Date('2026-06-30T08:11:00Z'),
}

describe('listRawCalendars', () => {
  const raw = { id: 'c-1', name: 'Team', email: 'Maren@Northwind.test', is_primary: true }

  test.each([
    [google, { calendar_platform: 'google', ...googleOauth }],
    [microsoft, { calendar_platform: 'microsoft', ...microsoftOauth }],
  ])('sends the grant and the app that the user gave it to: %j', async (grant, body) => {
    server.answer(success([raw]))
    const calendars = await vendor.listRawCalendars(grant)
    expect(calendars).toEqual([{ id: 'c-1', name: 'Team', email: 'maren@northwind.test', isPrimary: true }])
    expect(sent()).toEqual([['POST', '/v2/calendars/list-raw', body]])
    expect(server.requests[0]?.headers['x-meeting-baas-api-key']).toBe('key-1234')
  })

  test('leaves out what has no id', async () => {
    server.answer(success([null, 'text', { ...raw, id: '' }, { ...raw, id: 7 }, { id: 'c-2' }]))
    expect(await vendor.listRawCalendars(google)).toEqual([{ id: 'c-2', name: 'c-2', email: '', isPrimary: false }])
  })
})

describe('createCalendar', () => {
  test.each([
    [google, { calendar_platform: 'google', ...googleOauth, raw_calendar_id: 'team/1' }],
    [microsoft, { calendar_platform: 'microsoft', ...microsoftOauth, raw_calendar_id: 'team/1' }],
  ])('connects %j', async (grant, body) => {
    server.answer(json(201, { success: true, data: calendarFields }))
    expect(await vendor.createCalendar(grant, 'team/1')).toEqual(calendar)
    expect(sent()).toEqual([['POST', '/v2/calendars', body]])
  })
})

test.each([
  [google, googleOauth],
  [microsoft, microsoftOauth],
])('updateCalendar gives a connection a new grant: %j', async (grant, body) => {
  server.answer(success({ ...calendarFields, status: 'permission_denied' }))
  const updated = await vendor.updateCalendar(calendarId, grant)
  expect(updated).toEqual({ status: 'permission_denied', accountEmail: 'maren@northwind.test' })
  expect(sent()).toEqual([['PATCH', `/v2/calendars/${calendarId}`, body]])
})

test('sends no tenant for Microsoft when none is configured', async () => {
  const { tenantId: _, ...client } = oauthClients.microsoft
  const other = openVendorCalendars({ apiKey: 'k', baseUrl: server.url, oauthClients: { microsoft: client } })
  server.answer(success([]))
  await other.listRawCalendars(microsoft)
  expect(sent()[0]?.[2]).not.toHaveProperty('oauth_tenant_id')
  await other.close()
})

describe('actions', () => {
  test.each([
    ['syncCalendar', 'POST', '/sync', undefined],
    ['resubscribeCalendar', 'POST', '/resubscribe', undefined],
    ['deleteCalendar', 'DELETE', '', true],
  ] as const)('%s works with a server that refuses empty JSON', async (action, method, path, result) => {
    server.answer(success({ message: 'ok' }))
    expect(await vendor[action](calendarId)).toBe(result)
    expect(sent()).toEqual([[method, `/v2/calendars/${calendarId}${path}`, {}]])
  })

  test('do not let a strange id change the path', async () => {
    server.answer(success({ message: 'ok' }))
    await vendor.deleteCalendar('../x?y#z')
    expect(server.requests[0]?.path).toBe('/v2/calendars/..%2Fx%3Fy%23z')
  })
})

describe('getCalendar', () => {
  test('returns what the vendor knows of the connection', async () => {
    server.answer(
      success({
        ...calendarFields,
        status: 'error',
        status_message: 'The refresh of\nm-secret failed.',
        subscription_expires_at: '2026-07-16T08:11:00.000Z',
        synced_at: '2026-07-09T08:11:00.000Z',
        sync_error: 'Nothing\u0000 came for key-1234.',
        provider_metadata: { id: 'c-1', calendar_id: 'c-2' },
      }),
    )
    expect(await vendor.getCalendar(calendarId)).toEqual({
      ...calendar,
      status: 'error',
      statusMessage: 'The refresh of [secret] failed.',
      subscriptionExpiresAt: new Date('2026-07-16T08:11:00Z'),
      syncedAt: new Date('2026-07-09T08:11:00Z'),
      syncError: 'Nothing\ufffd came for [secret].',
      externalCalendarId: 'c-1',
    })
    expect(sent()).toEqual([['GET', `/v2/calendars/${calendarId}`, null]])
  })

  test.each([
    [{ id: '', calendar_id: 'c-2' }, 'c-2'],
    [{ id: 7, calendarId: 'c-3' }, 'c-3'],
    [{ raw_calendar_id: 'c-4' }, 'c-4'],
    [{ name: 'Team' }, null],
    ['text', null],
    [null, null],
    [undefined, null],
  ])('finds the provider’s id in %j', async (metadata, externalCalendarId) => {
    server.answer(success({ ...calendarFields, provider_metadata: metadata }))
    expect(await vendor.getCalendar(calendarId)).toMatchObject({ externalCalendarId })
  })

  test('never loses a calendar to an odd field', async () => {
    const odd = { status: 'levitating', synced_at: 'soon', created_at: 7, status_message: {}, sync_error: [] }
    server.answer(success({ ...calendarFields, ...odd, subscription_expires_at: '' }))
    expect(await vendor.getCalendar(calendarId)).toMatchObject({
      ...{ calendarId, status: 'error', syncedAt: null, createdAt: new Date(0), statusMessage: null },
      ...{ syncError: null, subscriptionExpiresAt: null },
    })
  })
})

describe('listCalendars', () => {
  test.each([
    [{}, null, { limit: '250' }],
    [{ accountEmail: 'a+b@x.test' }, 'bmV4dA==', { limit: '250', account_email: 'a+b@x.test', cursor: 'bmV4dA==' }],
  ])('asks for 250: %j from %s', async (filter, cursor, query) => {
    server.answer(success([calendarFields], { cursor: 'more', prev_cursor: null }))
    expect(await vendor.listCalendars(filter, cursor)).toEqual({ items: [calendar], nextCursor: 'more' })
    expect(server.requests).toHaveLength(1)
    const { pathname, searchParams } = new URL(server.requests[0]?.path ?? '', server.url)
    expect([server.requests[0]?.method, pathname]).toEqual(['GET', '/v2/calendars'])
    expect(Object.fromEntries(searchParams)).toEqual(query)
  })

  test('leaves out calendars without an id, and keeps calendars with an unknown status', async () => {
    const items = [null, { ...calendarFields, calendar_id: '' }, { ...calendarFields, status: 'new' }]
    server.answer(success(items, { cursor: null, prev_cursor: null }))
    const page = { items: [{ ...calendar, status: 'error' }], nextCursor: null }
    expect(await vendor.listCalendars({}, null)).toEqual(page)
    expect(lines).toMatchObject([{ unreadable: 2 }])
  })

  test('reads names and states in capitals, and an address with text around it', async () => {
    const spelt = {
      ...calendarFields,
      status: 'ACTIVE',
      calendar_platform: calendarFields.calendar_platform.toUpperCase(),
    }
    const fields = { ...spelt, account_email: `<${calendarFields.account_email}>` }
    server.answer(success([fields], { cursor: null, prev_cursor: null }))
    expect((await vendor.listCalendars({}, null)).items).toEqual([{ ...calendar, status: 'active' }])
  })
})

const eventFields = {
  event_id: eventId,
  series_id: seriesId,
  event_type: 'recurring',
  title: 'Planning',
  start_time: '2026-07-09T14:00:00.000Z',
  end_time: '2026-07-09T15:00:00.000Z',
  status: 'tentative',
  is_exception: true,
  meeting_url: 'https://meet.google.com/kqm-wtpz-rno',
  meeting_platform: 'meet',
  calendar_id: calendarId,
  bot_scheduled: true,
  created_at: '2026-06-30T08:11:00.000Z',
}
const event = {
  id: eventId,
  seriesId,
  isRecurring: true,
  isException: true,
  title: 'Planning',
  startTime: new Date('2026-07-09T14:00:00Z'),
  endTime: new Date('2026-07-09T15:00:00Z'),
  status: 'tentative',
  meetingUrl: 'https://meet.google.com/kqm-wtpz-rno',
  platform: 'meet',
  botScheduled: true,
  createdAt: new Date('2026-06-30T08:11:00Z'),
}

describe('listEvents', () => {
  const path = `/v2/calendars/${calendarId}/events`
  const query = '?limit=250&start_date=2026-07-09T00:00:00.000Z&show_cancelled=true'

  test.each([
    [null, `${path}${query}`],
    ['bmV4dA==', `${path}${query}&cursor=bmV4dA==`],
  ])('asks for 250 events from then on, cancelled ones included, after the cursor %s', async (cursor, expected) => {
    server.answer(success([eventFields], { cursor: 'more', prev_cursor: null }))
    expect(await vendor.listEvents(calendarId, from, cursor)).toEqual({ items: [event], nextCursor: 'more' })
    expect(sent().map(([method, path]) => [method, decodeURIComponent(path)])).toEqual([['GET', expected]])
  })

  const listed = async (...events: unknown[]) => {
    server.answer(success(events, { cursor: null, prev_cursor: null }))
    const { items, nextCursor } = await vendor.listEvents(calendarId, from, null)
    expect(nextCursor).toBeNull()
    return items
  }

  test.each<[string, object, object]>([
    ['an unknown status', { status: 'levitating' }, { status: 'confirmed' }],
    ['a deleted event', { status: 'confirmed', deleted_at: '2026-07-01T00:00:00Z' }, { status: 'cancelled' }],
    ['an event that is not deleted', { status: 'confirmed', deleted_at: null }, { status: 'confirmed' }],
    ['a status in capitals', { status: 'CANCELLED' }, { status: 'cancelled' }],
    ['the American spelling', { status: 'canceled' }, { status: 'cancelled' }],
    ['the flag of Microsoft', { is_cancelled: true }, { status: 'cancelled' }],
    ['a tentative one in capitals', { status: 'Tentative' }, { status: 'tentative' }],
    ['a type in capitals', { event_type: 'RECURRING' }, { isRecurring: true }],
    ['a platform in capitals', { meeting_platform: 'MEET' }, { platform: 'meet' }],
    [
      'flags that are texts',
      { is_exception: 'True', bot_scheduled: 'false' },
      { isException: true, botScheduled: false },
    ],
    ['no end', { end_time: null }, { endTime: event.startTime }],
    ['an end that is not a time', { end_time: 'late' }, { endTime: event.startTime }],
    [
      'days',
      { start_time: '2026-07-09', end_time: '2026-07-10' },
      { startTime: new Date('2026-07-09T00:00:00Z'), endTime: new Date('2026-07-10T00:00:00Z') },
    ],
    ['an end before the start', { end_time: '2026-07-09T13:00:00Z' }, { endTime: event.startTime }],
    ['no series', { series_id: undefined, event_type: 'one_off' }, { seriesId: eventId, isRecurring: false }],
    ['an id in capitals', { event_id: eventId.toUpperCase() }, { id: eventId }],
    ['no title', { title: undefined }, { title: '' }],
    ['a long title', { title: 'x'.repeat(1_001) }, { title: `${'x'.repeat(999)}…` }],
    ['a title that PostgreSQL refuses', { title: 'a\u0000b' }, { title: 'a\ufffdb' }],
    ['no link', { meeting_url: null, meeting_platform: null }, { meetingUrl: null, platform: null }],
    ['a link too long to keep', { meeting_url: `https://x.test/${'x'.repeat(9_000)}` }, { meetingUrl: null }],
    ['an unknown platform', { meeting_platform: 'webex' }, { platform: null }],
    ['odd flags', { is_exception: 'yes', bot_scheduled: null }, { isException: false, botScheduled: false }],
    ['no creation', { created_at: undefined }, { createdAt: new Date(0) }],
  ])('reads %s', async (_, fields, expected) => {
    expect(await listed({ ...eventFields, ...fields })).toEqual([{ ...event, ...expected }])
  })

  test('leaves out events without a usable id or start, and counts them for the log', async () => {
    const bad = [{ event_id: 'no-uuid' }, { event_id: undefined }, { start_time: 'soon' }]
    const events = bad.map((fields) => ({ ...eventFields, ...fields }))
    expect(await listed(...events, null, 'text', eventFields)).toEqual([event])
    expect(await listed(...events)).toEqual([])
    expect(server.requests).toHaveLength(1)
    expect(lines).toMatchObject([{ unreadable: 5 }, { unreadable: 3 }])
  })

  /** The list of events is empty; anything else is answered otherwise. */
  const emptyListOr =
    (other: Respond): Respond =>
    (response, captured) => {
      const isList = captured.path.startsWith(`${path}?`)
      return (isList ? success([], { cursor: null, prev_cursor: null }) : other)(response, captured)
    }

  test.each([
    [success(calendarFields), []],
    [vendorError(404, 'FST_ERR_CALENDAR_NOT_FOUND'), { code: 'VENDOR_CALENDAR_NOT_FOUND' }],
  ])('does not take a deleted calendar for an empty one: %#', async (details, expected) => {
    server.answer(emptyListOr(details))
    const read = vendor.listEvents(calendarId, from, null).then(
      ({ items }) => items,
      (error: unknown) => error,
    )
    expect(await read).toMatchObject(expected)
    expect(sent()[1]).toEqual(['GET', `/v2/calendars/${calendarId}`, null])
    expect((await vendor.listEvents(calendarId, from, 'behind')).items).toEqual([])
    expect(server.requests).toHaveLength(3)
  })
})

describe('getEvent', () => {
  const details = {
    description: 'About it',
    location: 'Room 4',
    timezone: 'Europe/Berlin',
    is_all_day: true,
    organizer_email: 'Maren@Northwind.test',
    organizer_name: 'Maren',
    attendees: [
      { email: 'Joao@Northwind.test', name: 'Joao', response_status: 'declined', organizer: true, self: true },
      { email: 'ines@northwind.test', name: null, response_status: 'maybe' },
    ],
    updated_at: '2026-07-01T08:11:00.000Z',
    raw_payload: { summary: 'Planning' },
  }
  const read = {
    ...event,
    description: 'About it',
    location: 'Room 4',
    timezone: 'Europe/Berlin',
    isAllDay: true,
    organizer: { email: 'maren@northwind.test', name: 'Maren' },
    attendees: [
      { email: 'joao@northwind.test', name: 'Joao', responseStatus: 'declined', organizer: true, self: true },
      { email: 'ines@northwind.test', name: null, responseStatus: 'needsAction', organizer: false, self: false },
    ],
    updatedAt: new Date('2026-07-01T08:11:00Z'),
  }
  const person = (email: string | null, more: object = {}) => {
    return { email, name: null, responseStatus: 'needsAction', organizer: false, self: false, ...more }
  }
  const unknown = (name: string | null = null) => person(null, { name })
  const found = async (fields: object = {}) => {
    server.answer(success({ ...eventFields, ...details, ...fields }))
    return vendor.getEvent(calendarId, eventId)
  }

  test('returns all details of one event', async () => {
    expect(await found()).toEqual(read)
    expect(sent()).toEqual([['GET', `/v2/calendars/${calendarId}/events/${eventId}`, null]])
  })

  test.each<[string, object, object]>([
    ['no attendees', { attendees: null }, { attendees: null }],
    ['odd attendees', { attendees: 'all' }, { attendees: null }],
    [
      'attendees without an e-mail',
      { attendees: [{ name: 'Joao' }, null, { email: ' ' }, 7] },
      { attendees: [unknown('Joao'), unknown(), unknown(), unknown()] },
    ],
    [
      'odd attendees among others',
      { attendees: [null, { email: 'ada@x.test' }, { email: 'grace@x.test' }] },
      { attendees: [unknown(), person('ada@x.test'), person('grace@x.test')] },
    ],
    ['only an address', { attendees: ['Ada <ada@x.test>'] }, { attendees: [person('ada@x.test', { name: 'Ada' })] }],
    [
      'a decorated address',
      { attendees: [{ email: 'mailto:Ada@X.test', name: 'Ada L.' }] },
      { attendees: [person('ada@x.test', { name: 'Ada L.' })] },
    ],
    [
      'several in one',
      { attendees: [{ email: 'Ada <ada@x.test>; grace@x.test' }] },
      { attendees: [person('ada@x.test', { name: 'Ada' }), person('grace@x.test')] },
    ],
    [
      'an X.500 name',
      { attendees: [{ email: '/o=ExchangeLabs/cn=ada' }] },
      { attendees: [unknown('/o=ExchangeLabs/cn=ada')] },
    ],
    [
      'one person twice',
      {
        attendees: [
          { email: 'Ada@x.test', response_status: 'declined' },
          { email: 'ada@X.test', name: 'Ada', response_status: 'Accepted', self: true },
        ],
      },
      { attendees: [person('ada@x.test', { name: 'Ada', responseStatus: 'accepted', self: true })] },
    ],
    [
      'rooms',
      {
        attendees: [
          { email: 'room@x.test', resource: true },
          { name: 'Room 4', type: 'Resource' },
        ],
      },
      { attendees: [] },
    ],
    [
      'answers of Microsoft',
      {
        attendees: ['Organizer', 'TentativelyAccepted', 'tentatively_accepted', 'DECLINED', 'notResponded', 'none'].map(
          (response_status, i) => ({ email: `${i}@x.test`, response_status }),
        ),
      },
      {
        attendees: (['accepted', 'tentative', 'tentative', 'declined', 'needsAction', 'needsAction'] as const).map(
          (responseStatus, i) => person(`${i}@x.test`, { responseStatus }),
        ),
      },
    ],
    ['no organiser', { organizer_email: null, organizer_name: null }, { organizer: null }],
    ['an organiser without an address', { organizer_email: null }, { organizer: { email: null, name: 'Maren' } }],
    [
      'an X.500 organiser',
      { organizer_email: '/o=ExchangeLabs/cn=m', organizer_name: '' },
      { organizer: { email: null, name: '/o=ExchangeLabs/cn=m' } },
    ],
    ['a decorated organiser', { organizer_email: "'Maren@Northwind.test'" }, {}],
    [
      'days',
      { start_time: '2026-07-09', end_time: '2026-07-10', is_all_day: undefined },
      { startTime: new Date('2026-07-09T00:00:00Z'), endTime: new Date('2026-07-10T00:00:00Z') },
    ],
    ['an odd organiser', { organizer_email: 7, organizer_name: 7 }, { organizer: null }],
    ['an unknown time of change', { updated_at: 'soon' }, { updatedAt: event.createdAt }],
    ['no time of change', { updated_at: undefined }, { updatedAt: event.createdAt }],
    ['an odd timezone', { timezone: 'Europe\u0000' }, { timezone: null }],
    ['an odd flag', { is_all_day: 'yes' }, { isAllDay: false }],
    ['a flag that is a text', { is_all_day: 'TRUE' }, { isAllDay: true }],
    ['long texts', { description: 'x'.repeat(32_001) }, { description: `${'x'.repeat(31_999)}…` }],
    ['texts PostgreSQL refuses', { location: 'a\u0000' }, { location: 'a\ufffd' }],
    ['a deleted event', { deleted_at: '2026-07-01T00:00:00Z' }, { status: 'cancelled' }],
  ])('reads %s', async (_, fields, expected) => {
    expect(await found(fields)).toEqual({ ...read, ...expected })
  })

  test('keeps a thousand attendees, and notes how many more there are', async () => {
    const attendees = Array.from({ length: 1_001 }, (_, i) => ({ email: `${i}@x.test` }))
    const kept = (await found({ attendees }))?.attendees
    expect(kept).toHaveLength(1_001)
    expect(kept?.at(-1)).toEqual(unknown('1 more'))
  })
})

test('logs each call once, with the calendar and without secrets', async () => {
  server.answer(success(calendarFields))
  await vendor.updateCalendar(calendarId, google)
  server.answer(success([]))
  await vendor.listRawCalendars(google)
  const told = { status: 200, durationMs: expect.any(Number), errorCode: null }
  expect(lines).toEqual([
    { method: 'PATCH', path: '/v2/calendars/:calendarId', calendarId, ...told },
    { method: 'POST', path: '/v2/calendars/list-raw', ...told },
  ])
})
