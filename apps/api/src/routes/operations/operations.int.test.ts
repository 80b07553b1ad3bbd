import { RetryableError } from '@seer/core/basics/errors'
import type { Artifact } from '@seer/core/recordings/artifact'
import { newArtifacts } from '@seer/core/recordings/custody/new-artifacts'
import { endedMeeting } from '@seer/core/testing/recordings/artifact-store-contract'
import { memoryStorage } from '@seer/core/testing/recordings/memory-storage'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { migrateQueue } from '@seer/infra/queue/backend/migrate-queue'
import { openQueue, type SeerQueue } from '@seer/infra/queue/open-queue'
import { createTestDatabase, createTestRedis, describeOnEachBackend } from '@seer/infra/testing/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCalendarUser } from '../../../testing/calendar-user.ts'
import { openRecordingUser } from '../../../testing/recordings.ts'
import { clientOf, meetUrl, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { check, ok, shared } from './health-checks.ts'

let api: TestApi
let isAccepting = true
beforeAll(async () => {
  api = await openTestApi({ isAccepting: () => isAccepting })
})
afterAll(() => api.close())

const get = async (url: string, from = api) => {
  const { status, body } = await clientOf(from.app, null)('GET', url)
  return { ...body, status }
}

describe('health', () => {
  test('is ok when everything is', async () => {
    await api.db.schedulerTasks.recordStart('requeue-stuck', api.clock.now)
    const { status, checks, vendorPauses } = await get('/api/health')
    expect(status).toBe(200)
    expect(checks.scheduler).toEqual({ status: 'ok', detail: null, lastTickAt: '2026-05-05T10:00:00.000Z' })
    expect(vendorPauses).toEqual([])
  })

  test('says what is wrong with the storage in general words; the process stays ready', async () => {
    const denied = new RetryableError('STORAGE_DENIED', { detail: 'The folder /srv/secret must not be written.' })
    const storage = { ...memoryStorage(), check: () => Promise.reject(denied) }
    const without = await openTestApi({ storage })
    try {
      const { status, checks } = await get('/api/health', without)
      expect([status, checks.storage.status]).toEqual([503, 'down'])
      expect(checks.storage.detail).toContain('check credentials and permissions')
      expect((await get('/api/health/ready', without)).status).toBe(200)
    } finally {
      await without.close()
    }
  })

  test('names a queue that is down; the process stays ready and alive', async () => {
    api.queue.state.isDown = true
    const { status, checks } = await get('/api/health')
    expect([status, checks.queue.status, checks.database.status]).toEqual([503, 'down', 'ok'])
    expect((await get('/api/health/ready')).status).toBe(200)
    expect((await get('/api/health/live')).status).toBe(200)
    api.queue.state.isDown = false
  })

  test('names a scheduler that fell silent', async () => {
    const before = api.clock.now
    api.clock.now = new Date(before.getTime() + 200_000)
    const { status, checks } = await get('/api/health')
    expect([status, checks.scheduler.status]).toEqual([503, 'down'])
    expect(checks.scheduler.detail).toContain('200 s')
    api.clock.now = before
  })

  test('names a database that is down, without saying where it is', async () => {
    const databaseUrl = 'postgresql://postgres@127.0.0.1:1/none'
    const down = openDb({ databaseUrl, poolSize: 4, writesPerSecond: 5, onError: () => {} })
    const cut = await openTestApi({ db: down })
    const answer = await get('/api/health', cut)
    expect([answer.status, answer.checks.database.status]).toEqual([503, 'down'])
    expect(JSON.stringify(answer)).not.toContain('127.0.0.1')
    expect((await get('/api/health/ready', cut)).status).toBe(503)
    expect((await get('/api/health/live', cut)).status).toBe(200)
    await cut.close()
    await down.close()
  })

  test('shows that Meeting BaaS asked us to wait', async () => {
    const reason = 'The daily bot limit is reached.'
    await api.db.vendorLimits.pauseCreates({ delayMs: 60_000, reason, code: 'VENDOR_DAILY_CAP' })
    const { status, vendorPauses } = await get('/api/health')
    expect(status).toBe(200)
    expect(vendorPauses).toMatchObject([{ kind: 'creates', reason, code: 'VENDOR_DAILY_CAP' }])
  })

  test('tells of calendars that are stale or silent, and stays ok', async () => {
    const user = await openCalendarUser(api)
    await user.connect()
    const { id } = await user.connect({ rawCalendarId: user.teamId })
    for (const status of ['revoked', 'permission_denied', 'failed']) {
      await api.db.pool.query('UPDATE calendar_integrations SET status = $2 WHERE id = $1', [id, status])
      expect(await get('/api/health')).toMatchObject({ status: 200, calendars: { stale: 0, needUser: 1 } })
    }
    await api.db.pool.query(`UPDATE calendar_integrations SET created_at = $1`, [new Date('2026-05-05T09:44:59Z')])
    expect(await get('/api/health')).toMatchObject({ status: 200, calendars: { stale: 1, needUser: 1 } })
  })

  test('tells how full the days are, and stays ok', async () => {
    const limited = await openTestApi({ vendor: { botsPerDay: 2 } })
    const none = { last24Hours: 0, next24Hours: 0, waiting: 0 }
    expect((await get('/api/health')).capacity).toEqual({ botsPerDay: null, ...none })
    expect((await get('/api/health', limited)).capacity).toEqual({ botsPerDay: 2, ...none })
    const user = await openRecordingUser(limited)
    await user.putRules({ enabled: true })
    for (let i = 0; i < 3; i++) await user.put()
    await user.autoSchedule()
    expect(await get('/api/health', limited)).toMatchObject({
      status: 200,
      capacity: { botsPerDay: 2, last24Hours: 0, next24Hours: 2, waiting: 1 },
    })
    limited.clock.now = new Date(limited.clock.now.getTime() + 3_600_000)
    expect((await get('/api/health', limited)).capacity).toMatchObject({ last24Hours: 2, next24Hours: 0 })
    await limited.close()
  })

  test('is not ready while the process stops', async () => {
    isAccepting = false
    expect((await get('/api/health/ready')).status).toBe(503)
    expect((await get('/api/health/live')).status).toBe(200)
    isAccepting = true
  })
})

describe('checks', () => {
  test('do not wait for a dependency that hangs', async () => {
    expect(await check(() => new Promise(() => {}), 20)).toEqual({ status: 'down', detail: 'No answer within 0.02 s.' })
  })

  test('are shared by those who ask at the same time', async () => {
    let runs = 0
    const ask = shared(async () => {
      runs += 1
      return ok
    })
    await Promise.all([ask(), ask(), ask()])
    await ask()
    expect(runs).toBe(2)
  })
})

describe('metrics', () => {
  const figures = async (from: TestApi, of = /^seer_calendar/) => {
    const { body } = await clientOf(from.app, await from.makeKey('prometheus', 'admin'))('GET', '/metrics')
    return (body as string).split('\n').filter((line) => of.test(line))
  }

  test('count calendars, and say how old the oldest events are', async () => {
    const empty = await openTestApi()
    expect(await figures(empty)).toEqual(['seer_calendars_stale 0'])
    const user = await openCalendarUser(empty)
    await user.connect()
    const { id } = await user.connect({ rawCalendarId: user.teamId })
    await empty.db.pool.query(`UPDATE calendar_integrations SET status = 'revoked' WHERE id = $1`, [id])
    empty.clock.now = new Date(empty.clock.now.getTime() + 1_000_000)
    expect(await figures(empty)).toEqual([
      'seer_calendars{provider="google",status="active"} 1',
      'seer_calendars{provider="google",status="revoked"} 1',
      'seer_calendars_stale 1',
      'seer_calendar_oldest_sync_age_seconds 1000',
    ])
    await empty.close()
  })

  test('tell how much is still to be deleted, and for how long', async () => {
    const empty = await openTestApi()
    const ofDeletions = /^seer_deletions_/
    expect(await figures(empty, ofDeletions)).toEqual(['seer_deletions_open 0'])
    const user = await openRecordingUser(empty)
    const { id } = (await user.client('POST', '/api/meetingbaas/bots', { meetingUrl: meetUrl })).body.data
    const before = await empty.db.meetings.find(id)
    if (!before) throw new Error('It is not there.')
    await empty.db.meetings.saveChange({ before, next: endedMeeting(before), entries: [], cause: 'webhook' })
    await user.client('DELETE', `/api/meetingbaas/bots/${id}/data`)
    empty.clock.now = new Date(empty.clock.now.getTime() + 60_000)
    expect(await figures(empty, ofDeletions)).toEqual(['seer_deletions_open 1', 'seer_deletions_oldest_seconds 60'])
    await empty.close()
  })

  test('tell which recordings Meeting BaaS deletes before they are copied, in time and afterwards', async () => {
    const empty = await openTestApi()
    const ofRecordings = /^seer_recordings_/
    const none = ['seer_recordings_open 0', 'seer_recordings_in_danger 0', 'seer_recordings_expired 0']
    expect(await figures(empty, ofRecordings)).toEqual(none)
    const user = await openRecordingUser(empty)
    const { id } = (await user.client('POST', '/api/meetingbaas/bots', { meetingUrl: meetUrl })).body.data
    const before = await empty.db.meetings.find(id)
    if (!before) throw new Error('It is not there.')
    const meeting = { ...endedMeeting(before), finalAt: empty.clock.now }
    const made = newArtifacts(meeting, { now: empty.clock.now, vendorKeepsMs: 48 * 3_600_000, newId })
    await empty.db.artifacts.add(made)
    const deadline = 'seer_recordings_first_deadline_seconds'
    expect(await figures(empty, ofRecordings)).toEqual([
      none[0]?.replace('0', '3'),
      none[1],
      `${deadline} 172800`,
      none[2],
    ])
    empty.clock.now = new Date(empty.clock.now.getTime() + 25 * 3_600_000)
    const [video] = made as [Artifact]
    await empty.db.artifacts.save(video, { ...video, state: 'expired' })
    expect(await figures(empty, ofRecordings)).toEqual([
      'seer_recordings_open 2',
      'seer_recordings_in_danger 2',
      `${deadline} 82800`,
      'seer_recordings_expired 1',
    ])
    expect((await get('/api/health', empty)).recordings).toEqual({
      open: 2,
      inDanger: 2,
      firstDeadline: new Date(empty.clock.now.getTime() + 23 * 3_600_000).toISOString(),
      expired: 1,
    })
    await empty.close()
  })

  test('tell how full the days are, as far as it is known', async () => {
    const limited = await openTestApi({ vendor: { botsPerDay: 75 } })
    const ofDays = /^seer_(bots|events)_/
    const counted = ['seer_bots_last_24_hours 0', 'seer_bots_next_24_hours 0', 'seer_events_over_capacity 0']
    expect(await figures(limited, ofDays)).toEqual(['seer_bots_per_day_limit 75', ...counted])
    expect(await figures(api, ofDays)).toEqual(counted)
    limited.db.capacity.count = () => Promise.reject(new Error('boom'))
    expect(await figures(limited, ofDays)).toEqual(['seer_bots_per_day_limit 75'])
    expect(await get('/api/health', limited)).toMatchObject({ capacity: null, checks: { database: { status: 'ok' } } })
    await limited.close()
  })

  test('leave those of calendars out while they cannot be counted', async () => {
    const { integrations } = api.db
    const { summarise } = integrations
    integrations.summarise = () => Promise.reject(new Error('boom'))
    expect(await figures(api)).toEqual([])
    expect((await get('/api/health')).calendars).toBeNull()
    integrations.summarise = summarise
  })
})

describe('scheduler status', () => {
  test('shows each repeatable task with its last run', async () => {
    const at = api.clock.now
    await api.db.schedulerTasks.recordStart('cleanup', at)
    await api.db.schedulerTasks.recordFinish('cleanup', { at, durationMs: 12, error: 'no space left' })
    const admin = clientOf(api.app, await api.makeKey('operator', 'admin'))
    const { status, body } = await admin('GET', '/api/meetingbaas/scheduler/status')
    expect(status).toBe(200)
    const byName = Object.fromEntries(body.data.map((task: { name: string }) => [task.name, task]))
    expect(byName['cleanup']).toMatchObject({
      periodSeconds: 3_600,
      lastDurationMs: 12,
      lastOutcome: 'failed',
      lastError: 'no space left',
    })
    expect(byName['sync-bot-statuses']).toMatchObject({ periodSeconds: 120, lastStartedAt: null })
  })
})

describeOnEachBackend('the queue board', (backend) => {
  let queue: SeerQueue
  let board: TestApi
  let key: string
  let clean = async () => {}

  beforeAll(async () => {
    const corner = backend === 'redis' ? createTestRedis() : null
    const database = await createTestDatabase()
    if (!corner) await migrateQueue(database.databaseUrl)
    queue = openQueue({
      redisUrl: corner?.redisUrl,
      databaseUrl: database.databaseUrl,
      log: api.deps.log,
      ...(corner && { prefix: corner.prefix }),
    })
    board = await openTestApi({ queue })
    key = await board.makeKey('operator', 'admin')
    clean = async () => {
      await board.close()
      await queue.close()
      await corner?.clean()
      await database.drop()
    }
  })
  afterAll(() => clean())

  const open = (url: string, headers: Record<string, string>) => board.app.inject({ method: 'GET', url, headers })
  const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`any:${password}`).toString('base64')}` })

  test('shows all queues to anybody who sends an admin key as password or as bearer token', async () => {
    await queue.enqueue('process-webhook-events', { webhookEventIds: ['01a20484-3b81-7033-b2b6-e6aad0d4cc42'] })
    for (const headers of [basic(key), { authorization: `Bearer ${key}` }]) {
      const page = await open('/admin/queues', headers)
      expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      expect(page.body).toContain('<title>')
      expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//)
      const { queues } = (await open('/admin/queues/api/queues', headers)).json()
      expect(queues.map(({ name }: { name: string }) => name).sort()).toEqual([
        'bots',
        'calendars',
        'deliveries',
        'recordings',
        'scheduling',
        'sweeps',
        'webhooks',
      ])
      expect(queues.find(({ name }: { name: string }) => name === 'webhooks').counts.waiting).toBe(1)
    }
  })

  test('asks a browser for a password', async () => {
    const page = await open('/admin/queues', {})
    expect(page.statusCode).toBe(401)
    expect(page.headers['www-authenticate']).toContain('Basic')
  })

  test('refuses what another site makes a browser send', async () => {
    const url = '/admin/queues/api/queues/webhooks/pause'
    const headers = { ...basic(key), 'sec-fetch-site': 'cross-site' }
    expect((await board.app.inject({ method: 'PUT', url, headers })).statusCode).toBe(403)
    expect((await board.app.inject({ method: 'PUT', url, headers: basic(key) })).statusCode).toBe(200)
  })
})
