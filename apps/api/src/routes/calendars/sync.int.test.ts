import { request } from 'node:http'
import { newId } from '@seer/infra/ids'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, openCalendarUser, syncNow } from '../../../testing/calendar-user.ts'
import { calendarUrl, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { Integration } from './integration-schema.ts'

let api: TestApi
let alice: CalendarUser
let calendar: Awaited<ReturnType<CalendarUser['connect']>>
let wake: TestApi['queue']['wake']
const url = `${calendarUrl}/sync`

beforeAll(async () => {
  api = await openTestApi()
  wake = api.queue.wake
})
afterAll(() => api.close())
beforeEach(async () => {
  api.queue.wake = wake
  api.queue.state.isDown = false
  api.queue.leftToSweep.length = 0
  alice = await openCalendarUser(api, 'alice')
  calendar = await alice.connect()
  api.queue.jobs.length = 0
})
afterEach(() => {
  api.queue.wake = wake
})

/** A worker that takes sync jobs at once. */
function work(): void {
  api.queue.wake = async (jobs) => {
    await wake(jobs)
    for (const { name, payload } of jobs) if (name === 'sync-calendar') await syncNow(api, payload.integrationId)
  }
}

describe('POST /calendar/sync', () => {
  test('answers 200 with what changed when all calendars have been read', async () => {
    work()
    api.calendarVendor.putEvent(calendar.calendarId)
    const { status, headers, body } = await alice.client('POST', url)
    expect([status, headers.location]).toEqual([200, undefined])
    expect(Integration.strict().parse(body.data[0]).sync).toMatchObject({ state: 'ok', lastResult: { created: 1 } })
    const again = await alice.client('POST', url, {})
    expect(again.body.data[0].sync.lastResult).toEqual({ created: 0, updated: 0, cancelled: 0, unchanged: 1 })
  })

  test('waits for a worker that takes a moment', async () => {
    const answer = alice.client('POST', url, {}, { prefer: 'wait=20' })
    while (api.queue.jobs.length === 0) await new Promise(setImmediate)
    await syncNow(api, calendar.id)
    expect(await answer).toMatchObject({ status: 200, headers: { 'preference-applied': 'wait=20' } })
  })

  test.each(['respond-async', 'wait=0'])('answers 202 at once with Prefer: %s', async (prefer) => {
    const { status, headers, body } = await alice.client('POST', url, {}, { prefer })
    expect([status, headers.location]).toEqual([202, `${calendarUrl}/integrations`])
    expect(headers['preference-applied']).toBe(prefer)
    expect(body.data[0].sync.state).toBe('pending')
    await syncNow(api, calendar.id)
    expect((await alice.get('/integrations')).body.data[0].sync.state).toBe('ok')
  })

  test('reads one calendar by either id, and no other user’s', async () => {
    const team = await alice.connect({ rawCalendarId: alice.teamId })
    work()
    for (const calendarId of [team.id, team.calendarId]) {
      const { status, body } = await alice.client('POST', url, { calendarId })
      expect([status, body.data.map(({ id }: Integration) => id)]).toEqual([200, [team.id]])
    }
    const bob = await openCalendarUser(api, 'bob')
    for (const calendarId of [team.id, newId()]) {
      const { status, body } = await bob.client('POST', url, { calendarId })
      expect([status, body.code]).toEqual([404, 'CALENDAR_NOT_FOUND'])
    }
    expect(await bob.client('POST', url)).toMatchObject({ status: 200, body: { data: [] } })
  })

  test('says what went wrong', async () => {
    api.queue.wake = async () => {
      const facts = { integrationId: calendar.id, code: 'VENDOR_TIMEOUT', message: 'No answer.', at: api.clock.now }
      await api.db.integrations.failSync({ ...facts, served: 1, nextSyncAt: api.clock.now })
    }
    const { status, body } = await alice.client('POST', url)
    expect([status, body.data[0].sync.state]).toEqual([200, 'failing'])
    expect(body.data[0].sync.error).toMatchObject({ code: 'VENDOR_TIMEOUT', message: 'No answer.' })
  })

  test('does not wait for a calendar without access, and shows what to do about it', async () => {
    await api.db.pool.query(
      `UPDATE calendar_integrations SET status = 'permission_denied', next_sync_at = NULL WHERE id = $1`,
      [calendar.id],
    )
    const { status, body } = await alice.client('POST', url)
    expect([status, body.data[0].sync.state]).toEqual([200, 'stopped'])
    expect(body.data[0].action).toMatchObject({ code: 'grant_permission' })
  })

  test('is taken although the queue is down', async () => {
    api.queue.state.isDown = true
    expect((await alice.client('POST', url, {}, { prefer: 'respond-async' })).status).toBe(202)
    expect(api.queue.leftToSweep).toEqual([{ name: 'sync-calendar', payload: { integrationId: calendar.id } }])
  })

  test('refuses unknown fields and ids that are none', async () => {
    expect((await alice.client('POST', url, { all: true })).body.code).toBe('VALIDATION_FAILED')
    expect((await alice.client('POST', url, { calendarId: 'x' })).body.code).toBe('VALIDATION_FAILED')
  })
})

describe('a caller that waits', () => {
  /** How often the calendars of each user were looked at. */
  function countLooks() {
    const { integrations } = api.db
    const { list } = integrations
    const counts = new Map<string, number>()
    integrations.list = async (userId) => {
      counts.set(userId, (counts.get(userId) ?? 0) + 1)
      return await list(userId)
    }
    return { of: (userId: string) => counts.get(userId) ?? 0, stop: () => void Object.assign(integrations, { list }) }
  }

  test('and goes away is no longer worked for', async () => {
    const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
    const bob = await openCalendarUser(api, 'bob')
    const theirs = await bob.connect()
    const looks = countLooks()
    const headers = { 'x-api-key': alice.key, prefer: 'wait=20' }
    const call = request(new URL(url, address), { method: 'POST', headers })
    call.on('error', () => {})
    call.end()
    while (looks.of(calendar.userId) < 2) await new Promise(setImmediate)
    call.destroy()
    // Another caller waits for as long as the server needs to notice, and then as long again.
    await bob.client('POST', url, {}, { prefer: 'wait=1' })
    const before = [calendar, theirs].map(({ userId }) => looks.of(userId))
    await bob.client('POST', url, {}, { prefer: 'wait=1' })
    looks.stop()
    expect(looks.of(calendar.userId)).toBe(before[0])
    expect(looks.of(theirs.userId)).toBeGreaterThan(Number(before[1]) + 5)
  })

  test('is answered when the process is told to stop', async () => {
    const stopping = await openTestApi()
    const carol = await openCalendarUser(stopping, 'carol')
    await carol.connect()
    stopping.queue.jobs.length = 0
    const address = await stopping.app.listen({ port: 0, host: '127.0.0.1' })
    const headers = { 'x-api-key': carol.key, prefer: 'wait=20' }
    const answer = fetch(new URL(url, address), { method: 'POST', headers })
    while (stopping.queue.jobs.length === 0) await new Promise(setImmediate)
    const startedAt = Date.now()
    await stopping.close()
    expect((await answer).status).toBe(202)
    expect(Date.now() - startedAt).toBeLessThan(10_000)
  })
})
