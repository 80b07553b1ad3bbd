/**
 * A whole Seer for one test file: the built API and worker as processes of their own, a database and a queue that
 * nobody else uses, and the vendor. Nothing in it waits for real minutes: `timePasses` makes the database older and
 * `sweep` starts what the scheduler would start.
 */
import { createApiKey } from '@seer/core/callers/api-keys'
import type { JobName } from '@seer/core/jobs/catalog'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/logging/logger'
import { migrateQueue } from '@seer/infra/queue/migrate-queue'
import { openQueue } from '@seer/infra/queue/open-queue'
import { createTestDatabase, createTestRedis, type QueueBackend } from '@seer/infra/testing/services'
import pg from 'pg'
import { expect, inject, vi } from 'vitest'
import type { SandboxOptions } from '../../apps/sandbox/src/sandbox.ts'
import { freePort } from '../../scripts/local/ports.ts'
import { untilHealthy } from '../../scripts/local/until-healthy.ts'
import { eventually } from './eventually.ts'
import { type Program, startProgram } from './program.ts'
import { openVendor, signingSecret, type Vendor, type VendorBot, vendorKey } from './vendor.ts'

// Several processes work for each of these tests, often on two cores that others use as well.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 })

export type SeerOptions = {
  backend: QueueBackend
  vendor?: SandboxOptions
  /** Beside or instead of what all tests use. */
  env?: Record<string, string>
  /** In place of a database of the test server. It has the tables already. */
  databaseUrl?: string
  /** Called with the address of Redis; what it gives is told to the programs instead. */
  redisThrough?: (redisUrl: string) => Promise<string>
  /** 1 when not given. */
  workers?: number
}

export type TimelineEntry = {
  seq: number
  type: string
  occurredAt: string
  cause: string
  data: Record<string, any>
}

export type Bot = Record<string, any> & { id: string; state: string; timeline: TimelineEntry[] }

export type Answer<Body = any> = { status: number; headers: Headers; body: Body }

export type Seer = {
  vendor: Vendor
  apiUrl: string
  apiKey: string
  api: Program
  workers: Program[]
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  /** Orders a bot; fails unless it is accepted as a new one. */
  order(body: object): Promise<Bot>
  bot(id: string): Promise<Bot>
  /** Waits until the bot's state is this one. */
  reaches(id: string, state: string): Promise<Bot>
  /** Waits until every stored webhook has been processed. */
  settled(): Promise<void>
  /** Moves the vendor's clock from step to step until no bot has a next one; each is processed before the next. */
  playOut(): Promise<void>
  query<Row extends pg.QueryResultRow = any>(text: string, values?: unknown[]): Promise<Row[]>
  /** Makes everything in the database this much older, as if the time had passed. */
  timePasses(minutes: number): Promise<void>
  /** Starts a repeatable task now, and waits until a worker has run it. */
  sweep(name: JobName): Promise<void>
  /** What the queue looks like after its store has lost everything. */
  loseQueue(): Promise<void>
  startApi(): Promise<Program>
  startWorker(...args: string[]): Promise<Program>
  /** Stops everything. Fails when a program does not stop in order. */
  close(): Promise<void>
}

export async function openSeer(options: SeerOptions): Promise<Seer> {
  const closers: (() => Promise<unknown>)[] = []
  const database = options.databaseUrl ? null : await createTestDatabase()
  if (database) closers.push(() => database.drop())
  const databaseUrl = options.databaseUrl ?? (database?.databaseUrl as string)
  const redis = options.backend === 'redis' ? createTestRedis() : null
  if (options.backend === 'redis' && !redis) throw new Error('There is no Redis.')
  if (redis) closers.push(() => redis.clean())
  else await migrateQueue(databaseUrl)
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  // A test that stops its PostgreSQL breaks these connections; the next query opens new ones.
  pool.on('error', () => {})
  closers.push(() => pool.end())
  const query: Seer['query'] = async (text, values) => (await pool.query(text, values)).rows

  const apiPort = await freePort()
  const apiUrl = `http://127.0.0.1:${apiPort}`
  const vendor = await openVendor(`${apiUrl}/api/meetingbaas/webhooks`, options.vendor)
  closers.push(() => vendor.close())
  const apiKey = await makeKey(databaseUrl)
  const redisUrl = redis ? ((await options.redisThrough?.(redis.redisUrl)) ?? redis.redisUrl) : undefined
  const env = {
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_SIZE: '4',
    ...(redis && redisUrl ? { REDIS_URL: redisUrl, REDIS_PREFIX: redis.prefix } : {}),
    BASE_URL: apiUrl,
    HOST: '127.0.0.1',
    PORT: String(apiPort),
    WORKER_HOST: '127.0.0.1',
    MEETINGBAAS_API_KEY: vendorKey,
    MEETINGBAAS_API_URL: vendor.url,
    MEETINGBAAS_WEBHOOK_SECRET: signingSecret,
    MEETINGBAAS_WRITES_PER_SECOND: '1000',
    RATE_LIMIT_PER_MINUTE: '1000000',
    LOG_LEVEL: 'info',
    ...options.env,
  }
  const workers: Program[] = []

  const queue = openQueue({
    redisUrl: redis?.redisUrl,
    prefix: redis?.prefix,
    databaseUrl,
    log: createLogger({ level: 'silent', name: 'test' }),
  })
  closers.push(() => queue.close())

  const call: Seer['call'] = async (method, path, body, headers = {}) => {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${apiUrl}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...json, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) }
  }

  async function bot(id: string): Promise<Bot> {
    const { status, body } = await call('GET', `/meetingbaas/bots/${id}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body.data
  }

  async function settled(): Promise<void> {
    await eventually(async () => {
      const waiting = await query(`SELECT event_type, error FROM webhook_events WHERE state = 'received'`)
      expect(waiting).toEqual([])
    })
  }

  const seer: Seer = {
    vendor,
    apiUrl,
    apiKey,
    api: undefined as unknown as Program,
    workers,
    call,
    query,
    bot,
    settled,
    async order(body) {
      const answer = await call('POST', '/meetingbaas/bots', body)
      expect(answer.status, JSON.stringify(answer.body)).toBe(202)
      return answer.body.data
    },
    reaches: (id, state) =>
      eventually(async () => {
        const found = await bot(id)
        expect(found.state, `${found.waitingFor ?? ''} ${JSON.stringify(found.error)}`).toBe(state)
        return found
      }),
    async playOut() {
      for (;;) {
        const steps = (await vendor.bots()).flatMap((each) => nextStep(each, vendor.now()))
        if (steps.length === 0) return
        await vendor.jumpTo(Math.min(...steps))
        await settled()
      }
    },
    timePasses: (minutes) => makeOlder(pool, minutes),
    async sweep(name) {
      const [before] = await query('SELECT clock_timestamp() AS now')
      await queue.enqueue(name, {} as never)
      await eventually(async () => {
        const [run] = await query(
          `SELECT last_outcome, last_error FROM scheduler_tasks
            WHERE name = $1 AND last_started_at >= $2 AND last_finished_at >= last_started_at`,
          [name, before.now],
        )
        expect(run).toBeDefined()
      })
    },
    loseQueue: () => (redis ? redis.clean() : emptyQueueTables(pool)),
    async startApi() {
      seer.api = startProgram('api', env)
      await untilHealthy(`${apiUrl}/api/health/ready`)
      return seer.api
    },
    async startWorker(...args) {
      const port = await freePort()
      const worker = startProgram('worker', { ...env, WORKER_PORT: String(port) }, args)
      workers.push(worker)
      await untilHealthy(`http://127.0.0.1:${port}/live`)
      return worker
    },
    async close() {
      const programs = [...workers, seer.api].filter((program) => program?.running)
      const exits = await Promise.all(programs.map((program) => program.end('SIGTERM')))
      for (const close of closers.reverse()) await close()
      expect(exits).toEqual(programs.map(() => ({ code: 0, signal: null })))
    },
  }
  const starting = Array.from({ length: options.workers ?? 1 }, () => seer.startWorker())
  await Promise.all([seer.startApi(), ...starting])
  return seer
}

/** A link to a meeting that no other call has named. */
let linksMade = 0
export function meetingLink(scenario = 'success', platform: 'meet' | 'zoom' | 'teams' = 'meet'): string {
  linksMade += 1
  const letters = linksMade
    .toString(26)
    .padStart(4, '0')
    .replace(/\d/g, (digit) => 'qrstuvwxyz'.charAt(Number(digit)))
  const address = {
    meet: `https://meet.google.com/abc-${letters}-hij`,
    zoom: `https://us02web.zoom.us/j/${91_000_000_000 + linksMade}`,
    teams: `https://teams.live.com/meet/${9_310_000_000_000 + linksMade}`,
  }[platform]
  return `${address}?sandbox=${scenario}`
}

/** For suites to which the backend of the queue makes no difference: Redis, as in production, where there is one. */
export const usualBackend = (): QueueBackend => (inject('services').redisUrl === null ? 'postgres' : 'redis')

export const typesOf = ({ timeline }: Pick<Bot, 'timeline'>): string[] => timeline.map(({ type }) => type)

/** A booking becomes a bot in one of the next minutes; the vendor does not say in which. */
function nextStep({ next, status }: VendorBot, now: number): number[] {
  if (status === 'scheduled') return [now + 60_000]
  return next ? [Date.parse(next.at)] : []
}

async function makeKey(databaseUrl: string): Promise<string> {
  const db = openDb({ databaseUrl, poolSize: 4, writesPerSecond: 1, onError: () => {} })
  try {
    const order = { userName: 'alice', label: null, scopes: ['admin' as const], expiresAt: null }
    return (await createApiKey({ keys: db.apiKeys, newId }, order)).key
  } finally {
    await db.close()
  }
}

/** The columns that Seer writes by its own clock and compares with it. What the vendor's clock wrote stays as it is. */
const ownClock: Record<string, string[]> = {
  meetings: ['created_at', 'updated_at', 'join_at', 'due_at', 'lease_until', 'leave_requested_at', 'leave_sent_at'],
  webhook_events: ['received_at', 'processed_at', 'due_at'],
  idempotency_keys: ['created_at', 'locked_until', 'expires_at'],
  provider_limits: ['next_at', 'paused_until'],
}

async function makeOlder(pool: pg.Pool, minutes: number): Promise<void> {
  for (const [table, columns] of Object.entries(ownClock)) {
    const changes = columns.map((column) => `${column} = ${column} - $1 * interval '1 minute'`)
    // The version stays: to those who read the row before, nothing has happened but time.
    await pool.query(`UPDATE ${table} SET ${changes.join(', ')}`, [minutes])
  }
}

async function emptyQueueTables(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    "SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename <> 'migration'",
  )
  // One by one: a statement that locks all tables meets the running workers in a deadlock.
  for (const { name } of rows) await pool.query(`DELETE FROM ${name}`)
}
