/** Calendars from end to end: API and worker as processes, the sandbox as Meeting BaaS and as Google. */
import { openOauthServer } from '@seer/infra/testing/oauth/oauth-server'
import { describeOnEachBackend } from '@seer/infra/testing/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'
import { signed } from './vendor.ts'

const clients = {
  ENCRYPTION_KEYS: Buffer.alloc(32, 7).toString('base64'),
  GOOGLE_CLIENT_ID: 'test-google-client',
  GOOGLE_CLIENT_SECRET: 'not-a-secret',
}
const hourMs = 3_600_000
let accounts = 0

type Calendar = { id: string; calendarId: string; status: string; action: object | null; timeline: { type: string }[] }
type Event = {
  id: string
  seriesId: string
  title: string
  startTime: string
  status: string
  meetingUrl: string | null
}

/** A user of Google whose calendar the test fills and Seer follows. */
function googleUser(seer: Seer) {
  const email = `user-${++accounts}@acme.test`
  const soon = () => seer.vendor.now() + 24 * hourMs
  let vendorsId = ''
  const path = (rest: string) => `/calendars/${vendorsId}/events${rest}`
  return {
    email,
    async connect(): Promise<Calendar> {
      const order = { provider: 'google', refreshToken: email }
      const { status, body } = await seer.call('POST', '/meetingbaas/calendar/setup', order)
      expect([200, 201, 202], JSON.stringify(body)).toContain(status)
      vendorsId = body.data.calendarId ?? vendorsId
      return body.data
    },
    /** Sets the vendor's id of the calendar when `connect` did not make the connection. */
    at(calendarId: string) {
      vendorsId = calendarId
    },
    async add(event: object = {}): Promise<string> {
      const made = await seer.vendor.control('POST', path(''), {
        title: 'Planning',
        start: new Date(soon()).toISOString(),
        minutes: 30,
        meetingUrl: 'https://meet.google.com/abc-defg-hij',
        ...event,
      })
      return made.sourceId
    },
    change: (id: string, body: object) => seer.vendor.control('PATCH', path(`/${id}`), body),
    act: (id: string, what: string, body: object = {}) => seer.vendor.control('POST', path(`/${id}/${what}`), body),
    remove: (id: string) => seer.vendor.control('DELETE', path(`/${id}`), {}),
    async events(filter = ''): Promise<Event[]> {
      const { body } = await seer.call(
        'GET',
        `/meetingbaas/calendar/events?calendarId=${vendorsId}&status=all${filter}`,
      )
      return body.data
    },
    /** Waits until `show` turns the events into these texts. */
    seesEvents(say: (event: Event) => unknown, expected: unknown[]) {
      return eventually(async () => expect((await this.events()).map(say)).toEqual(expected))
    },
    async calendar(id: string): Promise<Calendar> {
      return (await seer.call('GET', `/meetingbaas/calendar/integrations/${id}`)).body.data
    },
  }
}

describeOnEachBackend('a connected calendar', (backend) => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend, env: clients })
  })
  afterAll(() => seer?.close())

  test('arrives with its events, and each change at Google arrives by webhook', async () => {
    const user = googleUser(seer)
    const calendar = await user.connect()
    expect(calendar).toMatchObject({ status: 'active', action: null })
    const id = await user.add({ attendees: [{ email: user.email, response: 'accepted' }, { email: 'bo@other.test' }] })
    await user.seesEvents(({ title, status }) => [title, status], [['Planning', 'confirmed']])
    const [event] = await user.events()
    expect(event).toMatchObject({
      calendarId: calendar.calendarId,
      integrationId: calendar.id,
      platform: 'meet',
      isOrganizer: true,
      organizer: { email: user.email },
      attendees: [{ email: user.email, responseStatus: 'accepted', self: true }, { email: 'bo@other.test' }],
    })
    const moved = new Date(Date.parse(event?.startTime ?? '') + hourMs).toISOString()
    await user.change(id, { start: moved })
    await user.seesEvents(({ startTime }) => startTime, [moved])
    await user.change(id, { meetingUrl: null })
    await user.seesEvents(({ meetingUrl }) => meetingUrl, [null])
    await user.act(id, 'decline')
    await user.seesEvents(({ status }) => status, ['cancelled'])
    await user.act(id, 'accept')
    await user.seesEvents(({ status }) => status, ['confirmed'])
    await user.remove(id)
    await user.seesEvents(({ status }) => status, ['cancelled'])
  })

  test('has its series, and an occurrence that was moved', async () => {
    const user = googleUser(seer)
    await user.connect()
    await user.add({ title: 'Weekly', recurrence: { frequency: 'weekly', count: 4 } })
    await user.seesEvents(({ title }) => title, ['Weekly', 'Weekly', 'Weekly', 'Weekly'])
    const [first, second] = await user.events()
    expect(new Set((await user.events()).map(({ seriesId }) => seriesId)).size).toBe(1)
    await user.change(second?.id ?? '', { title: 'Weekly, but later', shiftMinutes: 90, scope: 'this' })
    await eventually(async () =>
      expect((await user.events()).find(({ id }) => id === second?.id)).toMatchObject({
        title: 'Weekly, but later',
        isException: true,
      }),
    )
    await user.act(first?.id ?? '', 'cancel', { scope: 'this' })
    await eventually(async () => {
      const left = (await user.events()).filter(({ status }) => status === 'confirmed')
      expect(left).toHaveLength(3)
    })
  })

  test('is read again by the caller and by the sweep when webhooks are lost', async () => {
    const user = googleUser(seer)
    await user.connect()
    await seer.vendor.fault({ kind: 'drop', match: { channel: 'webhook' } })
    await user.add({ title: 'Unheard of' })
    const { status, body } = await seer.call('POST', '/meetingbaas/calendar/sync', {})
    expect(status, JSON.stringify(body)).toBe(200)
    await user.seesEvents(({ title }) => title, ['Unheard of'])
    await user.add({ title: 'And another' })
    await seer.timePasses(5)
    await seer.sweep('sync-calendars')
    await eventually(async () =>
      expect((await user.events()).map(({ title }) => title).sort()).toEqual(['And another', 'Unheard of']),
    )
    await seer.vendor.clearFaults()
  })

  test('whose access is withdrawn says so, keeps its events, and comes back with a new consent', async () => {
    const user = googleUser(seer)
    const { id, calendarId } = await user.connect()
    await user.add()
    await user.seesEvents(({ title }) => title, ['Planning'])
    await seer.vendor.control('PATCH', `/calendars/${calendarId}`, { status: 'revoked' })
    await eventually(async () =>
      expect(await user.calendar(id)).toMatchObject({
        status: 'revoked',
        isActive: false,
        action: { code: 'reconnect' },
      }),
    )
    expect(await user.events()).toHaveLength(1)
    expect((await user.connect()).id).toBe(id)
    const back = await user.calendar(id)
    expect(back).toMatchObject({ status: 'active', action: null })
    expect(back.timeline.map(({ type }) => type)).toEqual([
      'calendar_connected',
      'calendar_access_lost',
      'calendar_reconnected',
    ])
  })

  test('is gone at Seer and at the vendor when its user disconnects it', async () => {
    const user = googleUser(seer)
    const { id, calendarId } = await user.connect()
    await user.add()
    await user.seesEvents(({ title }) => title, ['Planning'])
    const { status } = await seer.call('DELETE', `/meetingbaas/calendar/integrations/google?calendarId=${id}`)
    expect(status).toBe(202)
    await eventually(async () => {
      const { calendars } = await seer.vendor.control('GET', '/calendars?limit=1000')
      expect(calendars.map((each: { calendarId: string }) => each.calendarId)).not.toContain(calendarId)
    })
    await eventually(async () =>
      expect(await seer.query('SELECT id FROM calendar_events WHERE integration_id = $1', [id])).toEqual([]),
    )
    expect((await seer.call('GET', `/meetingbaas/calendar/integrations/${id}`)).status).toBe(404)
  })
})

describe('bad luck with calendars', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend: usualBackend(), env: clients })
  })
  afterAll(() => seer?.close())

  test('a connection is made once although its answer is lost and worker and API are killed', async () => {
    const user = googleUser(seer)
    const struck = await seer.vendor.fault({
      kind: 'timeout_after_success',
      match: { method: 'POST', path: '/v2/calendars' },
      // The first call asks which calendars there are.
      skip: 1,
      times: 1,
      ms: 60_000,
    })
    const order = { provider: 'google', refreshToken: user.email }
    const answer = seer.call('POST', '/meetingbaas/calendar/setup', order).catch(() => null)
    await eventually(async () => expect(await struck()).toBe(1))
    await seer.api().end('SIGKILL')
    expect(await answer).toBeNull()
    await seer.startApi()
    await seer.timePasses(5)
    await seer.sweep('requeue-stuck')
    await eventually(async () => {
      const { body } = await seer.call('GET', '/meetingbaas/calendar/integrations')
      expect(body.data).toMatchObject([{ status: 'active', accountEmail: user.email }])
    })
    const { calendars } = await seer.vendor.control('GET', '/calendars?limit=1000')
    expect(calendars.filter(({ email }: { email: string }) => email === user.email)).toHaveLength(1)
  })

  test('a change of a calendar is only late when the queue loses everything and a worker dies', async () => {
    const user = googleUser(seer)
    await user.connect()
    await user.add({ title: 'Before' })
    await user.seesEvents(({ title }) => title, ['Before'])
    await Promise.all(seer.workers.map((worker) => worker.end('SIGKILL')))
    await user.add({ title: 'While nobody worked' })
    await eventually(async () => {
      const waiting = await seer.query("SELECT 1 FROM webhook_events WHERE state = 'received'")
      expect(waiting.length).toBeGreaterThan(0)
    })
    await seer.loseQueue()
    await seer.startWorker()
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await eventually(async () =>
      expect((await user.events()).map(({ title }) => title)).toContain('While nobody worked'),
    )
  })

  test('the calendar is as at Google after webhooks that come twice, swapped and in a burst', async () => {
    const user = googleUser(seer)
    await user.connect()
    await seer.vendor.fault({ kind: 'duplicate', copies: 2 })
    const ids = await Promise.all(Array.from({ length: 10 }, (_, i) => user.add({ title: `Call ${i}` })))
    await Promise.all(ids.slice(0, 5).map((id) => user.change(id, { title: 'Renamed' })))
    await Promise.all(ids.slice(5).map((id) => user.act(id, 'cancel')))
    await eventually(async () => {
      const events = await user.events()
      expect(events.filter(({ title, status }) => title === 'Renamed' && status === 'confirmed')).toHaveLength(5)
      expect(events.filter(({ status }) => status === 'cancelled')).toHaveLength(5)
    })
    await seer.settled()
    await seer.vendor.clearFaults()
  })

  test('a calendar that cannot be read does not delay another one', async () => {
    const [ill, well] = [googleUser(seer), googleUser(seer)]
    const { calendarId, id } = await ill.connect()
    await well.connect()
    await seer.vendor.fault({ kind: 'status', status: 500, match: { path: `/v2/calendars/${calendarId}/events` } })
    await ill.add()
    await well.add({ title: 'Fine' })
    await well.seesEvents(({ title }) => title, ['Fine'])
    expect(await ill.calendar(id)).toMatchObject({ status: 'active', isActive: true })
    await seer.vendor.clearFaults()
  })

  test('a refusal changes nothing and says what to do', async () => {
    const setup = (body: object) => seer.call('POST', '/meetingbaas/calendar/setup', body)
    const before = (await seer.call('GET', '/meetingbaas/calendar/integrations')).body.data.length
    await seer.vendor.control('POST', '/tokens', { platform: 'google', token: 'withdrawn', auth: 'revoked' })
    const refused = await setup({ provider: 'google', refreshToken: 'withdrawn' })
    expect([refused.status, refused.body.code]).toEqual([422, 'CALENDAR_TOKEN_REFUSED'])
    const stranger = await setup({ provider: 'google', refreshToken: 'x@acme.test', rawCalendarId: 'boss@acme.test' })
    expect([stranger.status, stranger.body.code]).toEqual([404, 'CALENDAR_NOT_FOUND'])
    const unknown = await setup({ provider: 'icloud', refreshToken: 'x' })
    expect([unknown.status, unknown.body.code]).toEqual([400, 'UNKNOWN_CALENDAR_PROVIDER'])
    const unconfigured = await setup({ provider: 'microsoft', refreshToken: 'x' })
    expect([unconfigured.status, unconfigured.body.code]).toEqual([409, 'CALENDAR_PROVIDER_NOT_CONFIGURED'])
    const settings = await seer.vendor.control('POST', '/calendars/settings', { limit: 1 })
    expect(settings.limit).toBe(1)
    const full = await setup({ provider: 'google', refreshToken: 'one-too-many@acme.test' })
    expect([full.status, full.body.code]).toEqual([409, 'CALENDAR_LIMIT_REACHED'])
    await seer.vendor.control('POST', '/calendars/settings', { limit: 0 })
    expect((await seer.call('GET', '/meetingbaas/calendar/integrations')).body.data).toHaveLength(before)
  })

  test('webhooks about unknown calendars are acknowledged and ignored', async () => {
    const data = { calendar_id: 'e28b5c74-1f09-4d36-8c5a-93d7f1a0b642', event_type: 'one_off', instances: [] }
    const body = JSON.stringify({ event: 'calendar.event_created', data })
    const headers = { ...signed(body), 'content-type': 'application/json' }
    const answer = await fetch(`${seer.apiUrl}/api/meetingbaas/webhooks`, { method: 'POST', body, headers })
    expect(answer.status).toBe(200)
    await seer.settled()
    const rows = await seer.query("SELECT outcome FROM webhook_events WHERE body LIKE '%e28b5c74-1f09%'")
    expect(rows).toEqual([{ outcome: 'ignored' }])
  })

  test('no refresh token is in the queue, or in the clear in the database', async () => {
    const user = googleUser(seer)
    await user.connect()
    const rows = await seer.query('SELECT calendar_integrations::text AS row FROM calendar_integrations')
    expect(rows.length).toBeGreaterThan(0)
    for (const { row } of rows) expect(row).not.toContain('"token')
    const tokens = await seer.query(
      'SELECT refresh_token AS token FROM calendar_integrations WHERE refresh_token IS NOT NULL',
    )
    for (const { token } of tokens) expect(token).toMatch(/^v1\./)
  })
})

describe('the consent of a user, with a real OAuth server', () => {
  let seer: Seer
  let oauth: Awaited<ReturnType<typeof openOauthServer>>
  const baseUrl = 'http://localhost:3001'
  const callback = `${baseUrl}/api/meetingbaas/calendar/oauth/google/callback`
  beforeAll(async () => {
    const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret } = clients
    oauth = await openOauthServer({ clientId, clientSecret, redirectUris: [callback] })
    const redirects = { OAUTH_REDIRECT_URLS: 'https://app.acme.test/settings' }
    const env = { ...clients, ...redirects, GOOGLE_ISSUER_URL: oauth.issuer, BASE_URL: baseUrl }
    seer = await openSeer({ backend: usualBackend(), env })
  })
  afterAll(async () => {
    await seer?.close()
    await oauth?.close()
  })

  async function start(): Promise<string> {
    const path = '/api/meetingbaas/calendar/oauth/google/start?redirectUrl=https://app.acme.test/settings/calendars'
    const answer = await fetch(`${seer.apiUrl}${path}`, { headers: seer.auth, redirect: 'manual' })
    expect(answer.status).toBe(302)
    return answer.headers.get('location') ?? ''
  }

  /** The browser comes back to the address that the OAuth server knows. In this test the API has another port. */
  async function comeBack(url: string) {
    const answer = await fetch(url.replace(baseUrl, seer.apiUrl), { redirect: 'manual' })
    return { status: answer.status, url: new URL(answer.headers.get('location') ?? 'about:blank') }
  }

  const calendars = async () => (await seer.call('GET', '/meetingbaas/calendar/integrations')).body.data

  test('connects a calendar and leads back to the app, once', async () => {
    const url = await oauth.consent(await start())
    const { status, url: back } = await comeBack(url)
    expect([status, back.origin + back.pathname]).toEqual([302, 'https://app.acme.test/settings/calendars'])
    expect(back.searchParams.get('calendar')).toBe('connected')
    expect(await calendars()).toMatchObject([{ id: back.searchParams.get('integrationId'), status: 'active' }])
    expect((await comeBack(url)).status).toBe(400)
    expect(await calendars()).toHaveLength(1)
  })

  test('connects nothing when it is refused or the code is stolen', async () => {
    const before = (await calendars()).length
    const { url: denied } = await comeBack(await oauth.deny(await start()))
    expect([denied.searchParams.get('calendar'), denied.searchParams.get('code')]).toEqual(['failed', 'OAUTH_DENIED'])
    const mine = new URL(await oauth.consent(await start()))
    const theirs = new URL(await oauth.consent(await start()))
    mine.searchParams.set('code', theirs.searchParams.get('code') ?? '')
    const { url: stolen } = await comeBack(mine.href)
    expect(stolen.searchParams.get('code')).toBe('OAUTH_CODE_REFUSED')
    expect(await calendars()).toHaveLength(before)
  })
})
