import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@seer/infra/db/migrate/migrate'
import { openTcpProxy, type TcpProxy } from '@seer/infra/testing/queue/tcp-proxy'
import { describeOnRedis } from '@seer/infra/testing/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../scripts/local/embedded-postgres.ts'
import { meetingLink } from './client.ts'
import { eventually } from './eventually.ts'
import { openSeer, type Seer, usualBackend } from './seer.ts'

describeOnRedis('an outage of Redis', (backend) => {
  let seer: Seer
  let redis: TcpProxy
  beforeAll(async () => {
    const redisThrough = async (redisUrl: string) => {
      redis = await openTcpProxy(redisUrl)
      return redis.url
    }
    seer = await openSeer({ backend, redisThrough })
  })
  afterAll(async () => {
    await seer.close()
    await redis.close()
  })

  test('after losing everything in the middle of the work, the sweeps find all work again', async () => {
    const created = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(created.id, 'queued')
    await seer.vendor.advance(21)
    const retried = await seer.vendor.fault({
      kind: 'status',
      status: 503,
      match: { method: 'POST', path: '*/v2/bots' },
      times: 1,
    })
    const waiting = await seer.order({ meetingUrl: meetingLink() })
    await eventually(async () => expect(await retried()).toBe(1))
    await eventually(async () => expect((await seer.bot(waiting.id)).waitingFor).not.toBeNull())
    await seer.workers.shift()?.end('SIGTERM')
    const ordered = await seer.order({ meetingUrl: meetingLink() })
    expect((await seer.end(created.id)).status).toBe(202)
    await seer.loseQueue()

    await seer.startWorker()
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await seer.reaches(waiting.id, 'queued')
    await seer.reaches(ordered.id, 'queued')
    await eventually(async () =>
      expect(await seer.vendor.botsOf(created.id)).toMatchObject([{ next: { status: 'call_ended' } }]),
    )
    await seer.playOut()
    for (const { id } of [created, waiting, ordered]) {
      await seer.reaches(id, 'completed')
      expect(await seer.vendor.botsOf(id)).toHaveLength(1)
    }
  })

  test('while it is out of reach, orders and webhooks are accepted, and processed when it is back', async () => {
    const running = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(running.id, 'queued')
    await redis.cut()
    const ordered = await seer.order({ meetingUrl: meetingLink() })
    await seer.vendor.advance(8)
    const reports = await seer.vendor.deliveries({ state: 'pending' })
    expect(reports).toEqual([])
    const { status, body } = await seer.call('GET', '/health')
    expect({ status, ...body.checks }).toMatchObject({
      status: 503,
      database: { status: 'ok' },
      queue: { status: 'down' },
    })
    expect((await seer.call('GET', '/health/ready')).status).toBe(200)

    await redis.restore()
    await eventually(async () => expect((await seer.call('GET', '/health')).status).toBe(200))
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await seer.reaches(ordered.id, 'queued')
    await seer.reaches(running.id, 'joining')
    await seer.playOut()
    for (const { id } of [running, ordered]) await seer.reaches(id, 'completed')
  })
})

describe('an outage of PostgreSQL, in which the queue lives as well', () => {
  let folder: string
  let postgres: EmbeddedPostgres
  let seer: Seer
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seer-test-outage-'))
    postgres = await startEmbeddedPostgres({ folder })
    const databaseUrl = postgres.url('postgres')
    await migrate({ databaseUrl })
    seer = await openSeer({ backend: 'postgres', databaseUrl })
  })
  afterAll(async () => {
    await seer.close()
    await postgres.stop()
    await rm(folder, { recursive: true })
  })

  test('a webhook that cannot be stored is not acknowledged and comes again, and the processes recover by themselves', {
    timeout: 180_000,
  }, async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    await seer.vendor.advance(8)
    await seer.reaches(id, 'joining')
    const { port } = postgres
    await postgres.stop()

    await seer.vendor.advance(6)
    const [report] = await seer.vendor.deliveries({ state: 'pending' })
    expect(report).toMatchObject({ attempts: [{ status: 503 }] })
    const refused = await seer.call('POST', '/meetingbaas/bots', { meetingUrl: meetingLink() })
    expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } })
    const { status, body } = await seer.call('GET', '/health')
    expect({ status, ...body.checks }).toMatchObject({
      status: 503,
      database: { status: 'down' },
      queue: { status: 'down' },
    })
    expect((await seer.call('GET', '/health/ready')).status).toBe(503)
    expect((await seer.call('GET', '/health/live')).status).toBe(200)

    postgres = await startEmbeddedPostgres({ folder, preferredPort: port })
    await eventually(async () => expect((await seer.call('GET', '/health')).status).toBe(200))
    await seer.vendor.advance(2)
    await seer.playOut()
    await seer.reaches(id, 'completed')
    expect(await seer.vendor.deliveries({ state: 'pending' })).toEqual([])
    const after = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(after.id, 'queued')
    expect([seer.api().running, seer.workers[0]?.running]).toEqual([true, true])
  })
})

describe('a database that answers but cannot do its work', () => {
  let seer: Seer
  beforeAll(async () => {
    seer = await openSeer({ backend: usualBackend() })
    const [{ name }] = await seer.query('SELECT current_database() AS name')
    await seer.query(`ALTER DATABASE ${name} SET lock_timeout = '100ms'`)
    // Only new connections have the limit.
    await seer.workers.shift()?.end('SIGTERM')
    await seer.startWorker()
  })
  afterAll(() => seer.close())

  test('for longer than a job is tried leaves acknowledged webhooks to the sweep, not as dead letters', async () => {
    const { id } = await seer.order({ meetingUrl: meetingLink() })
    await seer.reaches(id, 'queued')
    await seer.settled()
    await seer.holding('SELECT FROM meetings WHERE id = $1 FOR UPDATE', [id], async () => {
      await seer.vendor.advance(8)
      const isGivenUp = async () => {
        const [event] = await seer.query(`SELECT count(*)::int AS n FROM webhook_events WHERE state = 'received'`)
        expect([event.n > 0, await seer.jobsIn('webhooks')]).toEqual([true, 0])
      }
      await eventually(isGivenUp)
    })
    expect(await seer.query(`SELECT error FROM webhook_events WHERE state = 'failed'`)).toEqual([])
    expect(await seer.deadLettersIn('webhooks')).toBe(0)
    await seer.timePasses(2)
    await seer.sweep('requeue-stuck')
    await seer.settled()
    await seer.reaches(id, 'joining')
  })
})
