import { changeIntegration } from '@seer/core/calendars/connection/change-integration'
import { applyConnection } from '@seer/core/calendars/connection/connection-state'
import { fakeQueue } from '@seer/core/testing/jobs/fake-queue'
import type { ConnectionStatus } from '@seer/core/vendor/vendor-calendars'
import { newId } from '@seer/infra/ids'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, expectNoToken, openCalendarUser, syncNow } from '../../../testing/calendar-user.ts'
import { calendarUrl, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { Integration, IntegrationWithTimeline } from './integration-schema.ts'

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

const later = (ms: number) => {
  api.clock.now = new Date(api.clock.now.getTime() + ms)
}

/** What the check of a connection writes when the vendor reports a status. */
async function report(integrationId: string, status: ConnectionStatus, statusMessage: string | null = null) {
  const reading = { status, statusMessage, subscriptionExpiresAt: null, syncedAt: null, syncError: null }
  const deps = { integrations: api.db.integrations, queue: fakeQueue(), now: () => api.clock.now }
  await changeIntegration(deps, integrationId, 'sync', (before) => applyConnection(before, reading, api.clock.now))
}

describe('GET /calendar/integrations', () => {
  test('lists the caller’s own calendars, oldest first, and no token', async () => {
    const first = await alice.connect()
    later(1_000)
    const second = await alice.connect({ rawCalendarId: alice.teamId })
    const bob = await openCalendarUser(api, 'bob')
    await bob.connect()
    const { status, body } = await alice.get('/integrations')
    expect([status, body.data.map(({ id }: Integration) => id)]).toEqual([200, [first.id, second.id]])
    for (const calendar of body.data) Integration.strict().parse(calendar)
    expect(JSON.stringify(body)).not.toMatch(/token|v1\./i)
  })

  test('shows one with its timeline, by our id and the vendor’s; another user’s is not there', async () => {
    const { id, calendarId } = await alice.connect()
    const byOurs = await alice.get(`/integrations/${id}`)
    const byTheirs = await alice.get(`/integrations/${calendarId.toUpperCase()}`)
    expect(byOurs.body).toEqual(byTheirs.body)
    const calendar = IntegrationWithTimeline.strict().parse(byOurs.body.data)
    expect(calendar.timeline).toMatchObject([{ seq: 1, type: 'calendar_connected', data: { calendarId } }])
    const bob = await openCalendarUser(api, 'bob')
    for (const path of [`/integrations/${id}`, `/integrations/${newId()}`]) {
      expect(await bob.get(path)).toMatchObject({ status: 404, body: { code: 'CALENDAR_NOT_FOUND' } })
    }
    expect(await alice.get('/integrations/primary')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
  })

  test('shows the newest entries of a long timeline', async () => {
    const { id } = await alice.connect()
    await api.db.pool.query(
      `INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, data)
        SELECT 'integration', $1, n, 'calendar_error', now(), 'sync', '{}' FROM generate_series(2, 450) n`,
      [id],
    )
    await api.db.pool.query('UPDATE calendar_integrations SET last_seq = 450 WHERE id = $1', [id])
    const { timeline } = (await alice.get(`/integrations/${id}`)).body.data
    expect([timeline.length, timeline[0].seq, timeline.at(-1).seq]).toEqual([200, 251, 450])
  })

  test('says what the user must do when access is lost, and where', async () => {
    const { id } = await alice.connect()
    await report(id, 'revoked', 'invalid_grant')
    const { data } = (await alice.get(`/integrations/${id}`)).body
    expect(data).toMatchObject({ status: 'revoked', isActive: false, statusMessage: 'invalid_grant', isStale: false })
    expect(data.sync).toMatchObject({ state: 'stopped', nextSyncAt: null })
    expect(data.action).toMatchObject({ code: 'reconnect', message: expect.stringContaining(alice.email) })
    const query = new URLSearchParams({ rawCalendarId: alice.email, loginHint: alice.email })
    expect(data.action.oauthStartPath).toBe(`${calendarUrl}/oauth/google/start?${query}`)
    expect((await alice.client('GET', data.action.oauthStartPath)).status).toBe(302)
    expect(data.timeline.at(-1)).toMatchObject({
      type: 'calendar_access_lost',
      data: { action: { code: 'reconnect' } },
    })
    api.oauth.state.configured = []
    expect((await alice.get(`/integrations/${id}`)).body.data.action.oauthStartPath).toBeUndefined()
  })

  test('shows how fresh the events are', async () => {
    const { id, calendarId } = await alice.connect()
    const shown = async () => (await alice.get(`/integrations/${id}`)).body.data
    api.calendarVendor.putEvent(calendarId)
    await syncNow(api, id)
    const synced = await shown()
    expect(synced.sync).toMatchObject({
      state: 'ok',
      lastResult: { created: 1, updated: 0, cancelled: 0, unchanged: 0 },
    })
    expect([synced.lastSyncedAt, synced.isStale]).toEqual(['2026-05-05T10:00:00.000Z', false])

    const failure = { integrationId: id, served: 0, code: 'VENDOR_TIMEOUT', message: 'No answer.', at: api.clock.now }
    await api.db.integrations.failSync({ ...failure, nextSyncAt: api.clock.now })
    later(3 * 300_000)
    expect(await shown()).toMatchObject({
      sync: { state: 'failing', failures: 1, error: { code: 'VENDOR_TIMEOUT', message: 'No answer.' } },
      lastSyncedAt: '2026-05-05T10:00:00.000Z',
      isStale: false,
    })
    later(1)
    expect(await shown()).toMatchObject({ isStale: true, isActive: true })
  })
})

describe('DELETE /calendar/integrations/:provider', () => {
  const url = `${calendarUrl}/integrations/google`

  test('takes all of the caller’s calendars away, and nobody else’s', async () => {
    const [first, second] = [await alice.connect(), await alice.connect({ rawCalendarId: alice.teamId })]
    const bob = await openCalendarUser(api, 'bob')
    await bob.connect()
    api.queue.jobs.length = 0
    const { status, body } = await alice.client('DELETE', url)
    expect([status, body.data.map(({ id }: Integration) => id).sort()]).toEqual([202, [first.id, second.id].sort()])
    for (const calendar of body.data) {
      expect(Integration.strict().parse(calendar)).toMatchObject({ status: 'disconnecting', isActive: false })
    }
    const jobs = api.queue.jobs.map(({ name }) => name).filter((name) => name !== 'schedule-recordings')
    expect(jobs).toEqual(['disconnect-calendar', 'disconnect-calendar'])
    expect((await alice.get('/integrations')).body.data).toEqual([])
    expect((await alice.get(`/integrations/${first.id}`)).status).toBe(404)
    expect((await bob.get('/integrations')).body.data).toHaveLength(1)
    const { rows } = await api.db.pool.query('SELECT refresh_token FROM calendar_integrations WHERE id = $1', [
      first.id,
    ])
    expect(rows).toEqual([{ refresh_token: null }])
    expect(await alice.client('DELETE', url)).toMatchObject({ status: 404, body: { code: 'CALENDAR_NOT_FOUND' } })
  })

  test.each(['id', 'calendarId', 'externalCalendarId'] as const)('takes one away by its %s', async (name) => {
    await alice.connect()
    const team = await alice.connect({ rawCalendarId: alice.teamId })
    const { status, body } = await alice.client('DELETE', `${url}?calendarId=${encodeURIComponent(team[name])}`)
    expect([status, body.data.map(({ id }: Integration) => id)]).toEqual([202, [team.id]])
    expect((await alice.get('/integrations')).body.data).toHaveLength(1)
  })

  test('does so although the queue is down', async () => {
    await alice.connect()
    api.queue.state.isDown = true
    expect((await alice.client('DELETE', url)).status).toBe(202)
  })

  test('finds none of another user, of another provider, or of no provider', async () => {
    const { id } = await alice.connect()
    const bob = await openCalendarUser(api, 'bob')
    expect((await bob.client('DELETE', `${url}?calendarId=${id}`)).body.code).toBe('CALENDAR_NOT_FOUND')
    const microsoft = `${calendarUrl}/integrations/microsoft`
    expect((await alice.client('DELETE', microsoft)).body.code).toBe('CALENDAR_NOT_FOUND')
    const unknown = await alice.client('DELETE', `${calendarUrl}/integrations/outlook`)
    expect(unknown).toMatchObject({ status: 400, body: { code: 'UNKNOWN_CALENDAR_PROVIDER' } })
    expect((await alice.get('/integrations')).body.data).toHaveLength(1)
  })
})
