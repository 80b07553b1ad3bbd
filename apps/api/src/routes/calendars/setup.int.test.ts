import { PermanentError, RetryableError } from '@seer/core/basics/errors'
import { newId } from '@seer/infra/ids'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, expectNoToken, openCalendarUser } from '../../../testing/calendar-user.ts'
import { calendarUrl, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { Integration } from './integration-schema.ts'

let api: TestApi
let alice: CalendarUser
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

beforeEach(async () => {
  api.queue.state.isDown = false
  api.queue.jobs.length = 0
  api.logged.length = 0
  api.oauth.state.configured = ['google', 'microsoft']
  api.clock.now = new Date('2026-05-05T10:00:00Z')
  alice = await openCalendarUser(api, 'alice')
})
afterEach(() => expectNoToken(api))

describe('POST /calendar/list-available', () => {
  const url = `${calendarUrl}/list-available`

  test('lists the calendars of a token', async () => {
    const { status, body } = await alice.client('POST', url, alice.order)
    expect(status).toBe(200)
    expect(body.data).toEqual([
      { id: alice.email, name: 'Maren Lindqvist', email: alice.email, isPrimary: true },
      { id: alice.teamId, name: 'Team', email: alice.email, isPrimary: false },
    ])
  })

  test('lists those of a connected calendar’s account without the token', async () => {
    const { id, calendarId } = await alice.connect()
    for (const integrationId of [id, calendarId.toUpperCase()]) {
      const { body } = await alice.client('POST', url, { integrationId })
      expect(body.data.map(({ name }: { name: string }) => name)).toEqual(['Maren Lindqvist', 'Team'])
    }
    const bob = await openCalendarUser(api, 'bob')
    expect(await bob.client('POST', url, { integrationId: id })).toMatchObject({
      status: 404,
      body: { code: 'CALENDAR_NOT_FOUND' },
    })
  })

  test('says when the account refuses', async () => {
    const wrong = await alice.client('POST', url, { ...alice.order, refreshToken: '1//refresh-token-of-nobody' })
    expect(wrong).toMatchObject({ status: 422, body: { code: 'CALENDAR_TOKEN_REFUSED' } })
    alice.account.permitted = false
    expect(await alice.client('POST', url, alice.order)).toMatchObject({
      status: 422,
      body: { code: 'CALENDAR_PERMISSION_DENIED' },
    })
  })

  test('waits its turn in the shared write rate, and says when that is too far away', async () => {
    await api.db.vendorLimits.pauseWrites({ delayMs: 90_000, reason: 'Meeting BaaS asked for it.' })
    const { status, body, headers } = await alice.client('POST', url, alice.order)
    await api.db.pool.query(`UPDATE vendor_limits SET paused_until = NULL WHERE name = 'writes'`)
    expect([status, body.code]).toEqual([503, 'VENDOR_RATE_LIMITED'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(80)
  })

  test('passes on that Meeting BaaS is away, and for how long', async () => {
    api.calendarVendor.failNext('listRawCalendars', new RetryableError('VENDOR_UNAVAILABLE', { retryAfterMs: 12_300 }))
    const { status, headers, body } = await alice.client('POST', url, alice.order)
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'VENDOR_UNAVAILABLE', '13'])
  })
})

describe('POST /calendar/setup', () => {
  test('connects the primary calendar, and answers 201 with it', async () => {
    const { status, headers, body } = await alice.setUp()
    expect(status).toBe(201)
    expect(headers.location).toBe(`${calendarUrl}/integrations/${body.data.id}`)
    expect(Integration.strict().parse(body.data)).toMatchObject({
      provider: 'google',
      calendarId: api.calendarVendor.calendars.at(-1)?.calendarId,
      externalCalendarId: alice.email,
      accountEmail: alice.email,
      status: 'active',
      isActive: true,
      action: null,
      lastSyncedAt: null,
      sync: { state: 'never', failures: 0, lastResult: null, error: null },
      isStale: false,
      lastError: null,
    })
    expect(api.queue.jobs.map(({ name }) => name).sort()).toEqual(['check-calendar', 'sync-calendar'])
  })

  test('connects a chosen one, with the consent of another', async () => {
    const first = await alice.connect()
    const { status, body } = await alice.client('POST', `${calendarUrl}/setup`, {
      integrationId: first.id,
      rawCalendarId: alice.teamId,
    })
    expect([status, body.data.externalCalendarId, body.data.name]).toEqual([201, alice.teamId, 'Team'])
  })

  test('answers 200 when the calendar only gets a new token', async () => {
    const first = await alice.connect()
    alice.account.refreshTokens.add(`${alice.token}-2`)
    const { status, body } = await alice.setUp({ refreshToken: `${alice.token}-2` })
    expect([status, body.data.id]).toEqual([200, first.id])
    expect(api.calendarVendor.calendar(first.calendarId).refreshToken).toBe(`${alice.token}-2`)
  })

  test('answers 202 while Meeting BaaS has not confirmed it', async () => {
    api.calendarVendor.failNext(
      'createCalendar',
      new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true }),
      'after',
    )
    const { status, headers, body } = await alice.setUp()
    expect([status, body.data.status, body.data.calendarId]).toEqual([202, 'connecting', null])
    expect(body.data.sync.state).toBe('never')
    const shown = await alice.client('GET', String(headers.location))
    expect(shown.body.data).toMatchObject({ id: body.data.id, status: 'connecting' })
    expect(api.queue.jobs).toEqual([{ name: 'connect-calendar', payload: { integrationId: body.data.id, round: 0 } }])
  })

  test.each([
    ['CALENDAR_LIMIT_REACHED', 409],
    ['VENDOR_UNAUTHORIZED', 502],
  ] as const)('passes %s on, and changes nothing', async (code, status) => {
    api.calendarVendor.failNext('createCalendar', new PermanentError(code, { detail: 'No.' }))
    expect(await alice.setUp()).toMatchObject({ status, body: { code, detail: 'No.' } })
    expect((await alice.get('/integrations')).body.data).toEqual([])
  })

  test('refuses a calendar that the account does not have, or that another user has connected', async () => {
    const none = await alice.setUp({ rawCalendarId: 'nobody@acme.test' })
    expect(none).toMatchObject({ status: 404, body: { code: 'CALENDAR_NOT_FOUND' } })
    await alice.connect()
    const bob = await openCalendarUser(api, 'bob')
    const elsewhere = await bob.setUp({ refreshToken: alice.token })
    expect(elsewhere).toMatchObject({ status: 409, body: { code: 'CALENDAR_CONNECTED_ELSEWHERE' } })
  })

  test('is busy while another request connects the same calendar', async () => {
    api.calendarVendor.failNext('createCalendar', new Error('the process died'))
    expect((await alice.setUp()).status).toBe(500)
    expect(await alice.setUp()).toMatchObject({ status: 409, body: { code: 'CALENDAR_BUSY' } })
  })

  test('replays the first answer under an Idempotency-Key, which keeps no token', async () => {
    const key = { 'idempotency-key': `setup-${alice.email}` }
    const first = await alice.setUp({}, key)
    const second = await alice.setUp({}, key)
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body])
    expect(second.headers).toMatchObject({ 'idempotency-replayed': 'true', location: first.headers.location })
    expect(api.calendarVendor.calendars.filter(({ accountEmail }) => accountEmail === alice.email)).toHaveLength(1)
    const other = await alice.setUp({ refreshToken: `${alice.token}-2` }, key)
    expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
    const { rows } = await api.db.pool.query('SELECT * FROM idempotency_keys WHERE key = $1', [key['idempotency-key']])
    expect(rows[0].fingerprint).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each([
    ['another provider', { provider: 'outlook' }, 'UNKNOWN_CALENDAR_PROVIDER', 'provider'],
    ['another provider and an empty token', { provider: 'x', refreshToken: '' }, 'VALIDATION_FAILED', 'refreshToken'],
    ['no provider', { provider: undefined }, 'VALIDATION_FAILED', 'provider'],
    ['no token', { refreshToken: undefined }, 'VALIDATION_FAILED', 'refreshToken'],
    ['an unknown field', { token: '1//refresh-token-of-x' }, 'VALIDATION_FAILED', 'token'],
    ['a token with NUL', { refreshToken: '1//refresh-token-of\0' }, 'VALIDATION_FAILED', 'refreshToken'],
    ['a long token', { refreshToken: `1//refresh-token-of-${'x'.repeat(9_000)}` }, 'VALIDATION_FAILED', 'refreshToken'],
    ['a number for the token', { refreshToken: 5 }, 'VALIDATION_FAILED', 'refreshToken'],
    ['an id besides the token', { integrationId: newId() }, 'VALIDATION_FAILED', 'refreshToken'],
    ['an id that is none', { integrationId: '42' }, 'VALIDATION_FAILED', 'integrationId'],
    ['an empty calendar', { rawCalendarId: '' }, 'VALIDATION_FAILED', 'rawCalendarId'],
  ])('refuses %s, without repeating a token', async (_name, more, code, path) => {
    const { status, body } = await alice.setUp(more)
    expect([status, body.code]).toEqual([400, code])
    expect(body.errors.map((error: { path: string }) => error.path)).toContain(path)
    expect(JSON.stringify(body)).not.toContain('refresh-token-of')
  })

  test('needs to be told which calendar when it gets the consent of another', async () => {
    const { body } = await alice.client('POST', `${calendarUrl}/setup`, { integrationId: newId() })
    expect(body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ path: 'rawCalendarId' }] })
  })

  test('refuses a calendar of which no token is left', async () => {
    const { id } = await alice.connect()
    await api.db.pool.query('UPDATE calendar_integrations SET refresh_token = NULL WHERE id = $1', [id])
    const { status, body } = await alice.client('POST', `${calendarUrl}/list-available`, { integrationId: id })
    expect([status, body.code]).toEqual([422, 'CALENDAR_TOKEN_REFUSED'])
  })

  test('hides that a stored token cannot be opened behind 500, and says so in the log', async () => {
    const { id } = await alice.connect()
    await api.db.pool.query(`UPDATE calendar_integrations SET refresh_token = 'v1.changed' WHERE id = $1`, [id])
    const { status, body } = await alice.client('POST', `${calendarUrl}/list-available`, { integrationId: id })
    expect([status, body.code]).toEqual([500, 'TOKEN_NOT_READABLE'])
    expect(api.logged.join()).toContain('TOKEN_NOT_READABLE')
  })
})

describe('without an OAuth client', () => {
  test('nothing can be connected, but everything can be read', async () => {
    const { id } = await alice.connect()
    api.oauth.state.configured = ['microsoft']
    const requests = [
      await alice.setUp(),
      await alice.client('POST', `${calendarUrl}/list-available`, alice.order),
      await alice.client('POST', `${calendarUrl}/list-available`, { integrationId: id }),
      await alice.get('/oauth/google/start'),
    ]
    for (const { status, body } of requests) {
      expect([status, body.code]).toEqual([409, 'CALENDAR_PROVIDER_NOT_CONFIGURED'])
    }
    expect((await alice.get('/integrations')).body.data).toHaveLength(1)
    expect((await alice.get('/events')).status).toBe(200)
    expect((await alice.client('DELETE', `${calendarUrl}/integrations/google`)).status).toBe(202)
  })

  test('nothing can be connected without a key for tokens, either', async () => {
    const keyless = await openTestApi({ cipher: null })
    const carol = await openCalendarUser(keyless, 'carol')
    expect(await carol.setUp()).toMatchObject({ status: 409, body: { code: 'CALENDAR_PROVIDER_NOT_CONFIGURED' } })
    await keyless.close()
    // For the check after each test.
    await alice.get('/integrations')
  })
})
