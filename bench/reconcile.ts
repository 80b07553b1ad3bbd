import { setTimeout as delay } from 'node:timers/promises'
import { scheduleRecordingsSweep } from '@seer/core/planning/carry-out/schedule-recordings-sweep'
import { RecordingRules } from '@seer/core/rules/rules'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue, type SeerQueue } from '@seer/infra/queue/open-queue'
import { openVendorCalendars } from '@seer/infra/vendor/v2/open-vendor-calendars'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { connectCalendars } from './connected-calendars.ts'
import { type BenchEnvironment, openEnvironment, query } from './environment.ts'
import { median } from './load.ts'
import { type BenchSandbox, countVendorCalls, sandboxApiKey, startSandbox } from './sandbox.ts'
import { startWorker } from './worker.ts'

const users = 1_000
const eventsPerCalendar = 30
/** Only events with a link can be recorded, and all of them are. */
const linkShare = 1 / 3
const passes = 7
const atMostMs = 600_000

type Bench = { environment: BenchEnvironment; group: ProcessGroup; sandbox: BenchSandbox }
type Stores = { db: Database; queue: SeerQueue }

/**
 * One worker process plans the calendars of 1,000 users again, although nothing has changed since their bots were
 * booked. On the real database and queue.
 * @throws {Error} when a pass calls the vendor or writes a row
 */
export async function benchReconcile(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  try {
    console.log(environment.origins)
    const sandbox = await startSandbox(group, ['--rate-limit', '0'])
    const bench = { environment, group, sandbox }
    await withWorker(bench, 'scheduling,bots', (stores) => bookAll(bench, stores))
    await measure(bench)
  } finally {
    await group.stop()
    await environment.close()
  }
}

/** Also measures the start and the end of the worker, because it must not write then either. */
async function measure(bench: Bench): Promise<void> {
  const { databaseUrl } = bench.environment
  const vendorCalls = await countVendorCalls(bench.sandbox, 0)
  const before = await rowsWritten(databaseUrl)
  await withWorker(bench, 'scheduling', measurePasses)
  const after = await rowsWritten(databaseUrl)
  const calls = await vendorCalls()
  const written = [...after].flatMap(([table, rows]) => {
    const more = rows - (before.get(table) ?? 0)
    return more === 0 ? [] : [`${table} ${more}`]
  })
  console.log(`calls to Meeting BaaS:  ${calls}   goal 0`)
  console.log(`rows written:           ${written.join(', ') || 0}   goal 0`)
  if (calls > 0) throw new Error(`Passes over unchanged calendars called Meeting BaaS ${calls} times.`)
  if (written.length > 0) throw new Error(`Passes over unchanged calendars wrote rows: ${written.join(', ')}.`)
}

/** Runs some work beside a worker for these queues. Afterwards neither has a connection to the database. */
async function withWorker(
  { environment, group, sandbox }: Bench,
  queues: string,
  work: (stores: Stores) => Promise<void>,
): Promise<void> {
  const { databaseUrl, redisUrl, redisPrefix: prefix } = environment
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond: 1_000, onError: () => {} })
  const log = createLogger({ level: 'warn', name: 'bench' })
  const queue = openQueue({ redisUrl: redisUrl ?? undefined, prefix, databaseUrl, log })
  const workers = createProcessGroup()
  group.onStop(workers.stop)
  try {
    await startWorker(workers, environment, { vendorUrl: sandbox.url, queues })
    await Promise.race([work({ db, queue }), workers.failed])
  } finally {
    await workers.stop()
    await queue.close()
    await db.close()
  }
  await untilDisconnected(databaseUrl)
}

/** Connects the calendars of users with rules, and waits until all their bots are booked. */
async function bookAll({ sandbox }: Bench, stores: Stores): Promise<void> {
  const startedAt = performance.now()
  await sandbox.control('POST', '/calendars/seed', { calendars: users, eventsPerCalendar, linkShare })
  const vendor = openVendorCalendars({ apiKey: sandboxApiKey, baseUrl: sandbox.url, oauthClients: {} })
  try {
    await connectCalendars({ db: stores.db, vendor }, () => addUser(stores.db))
  } finally {
    await vendor.close()
  }
  const first = await pass(stores)
  await untilBooked(stores.db)
  await stores.db.pool.query('VACUUM ANALYZE')
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  console.log(`${users} calendars, ${first.events} events, ${first.booked} bots booked; prepared in ${seconds} s`)
}

async function addUser({ pool, scheduling }: Database): Promise<string> {
  const id = newId()
  await pool.query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text)', [id])
  await scheduling.saveRules(id, RecordingRules.parse({ enabled: true }), 0, new Date())
  return id
}

async function untilBooked({ pool }: Database): Promise<void> {
  const deadline = Date.now() + atMostMs
  while (Date.now() < deadline) {
    const text = `SELECT count(*) FROM meetings WHERE processing_status <> 'scheduled'`
    const { rows } = await pool.query<{ count: string }>(text)
    if (Number(rows[0]?.count) === 0) return
    await delay(200)
  }
  throw new Error(`Not all bots were booked within ${atMostMs / 1_000} s.`)
}

async function measurePasses(stores: Stores): Promise<void> {
  // The first pass does not count, because the worker's code is compiled.
  await pass(stores)
  const runs: Pass[] = []
  for (let i = 1; i <= passes; i++) {
    const run = await pass(stores)
    runs.push(run)
    console.log(`pass ${i}: ${run.seconds.toFixed(2)} s, ${run.events} events, ${run.changes} changes`)
  }
  const seconds = median(runs.map((run) => run.seconds))
  const events = runs[0]?.events ?? 0
  console.log(`unchanged, median:      ${seconds.toFixed(2)} s, ${Math.round(events / seconds)} events/s`)
}

type Pass = { seconds: number; events: number; booked: number; changes: number }
type JobResult = { events: number; decided: number; booked: number; moved: number; ended: number }

/** Starts the jobs that the sweep starts, and waits until every user has been planned. */
async function pass({ db, queue }: Stores): Promise<Pass> {
  const jobs = queue.bullQueue('scheduling')
  await jobs.clean(0, 0, 'completed')
  const context = { signal: new AbortController().signal, progress: () => {} }
  const startedAt = performance.now()
  await scheduleRecordingsSweep(
    { scheduling: db.scheduling, meetings: db.meetings, queue, now: () => new Date() },
    context,
  )
  await untilPlanned(queue)
  const seconds = (performance.now() - startedAt) / 1_000
  const results = (await jobs.getCompleted()).map(({ returnvalue }) => returnvalue as JobResult)
  const sum = (of: (result: JobResult) => number) => results.reduce((total, result) => total + of(result), 0)
  const changes = sum(({ decided, booked, moved, ended }) => decided + booked + moved + ended)
  return { seconds, events: sum(({ events }) => events), booked: sum(({ booked }) => booked), changes }
}

async function untilPlanned(queue: SeerQueue): Promise<void> {
  const deadline = Date.now() + atMostMs
  while (Date.now() < deadline) {
    const { completed } = await queue.bullQueue('scheduling').getJobCounts('completed')
    if (completed === users) return
    await delay(20)
  }
  throw new Error(`Not every user was planned within ${atMostMs / 1_000} s.`)
}

/** PostgreSQL counts the writes of a connection when it ends, at the latest. */
async function untilDisconnected(databaseUrl: string): Promise<void> {
  const deadline = Date.now() + atMostMs
  while (Date.now() < deadline) {
    const others = await query(
      databaseUrl,
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    )
    if (others.length === 0) return
    await delay(50)
  }
  throw new Error('There are connections to the database that nobody closes.')
}

/** How many rows were ever written, by table of Seer's. The queue's tables, if they are here, are in another schema. */
async function rowsWritten(databaseUrl: string): Promise<Map<string, number>> {
  const rows = await query<{ table: string; rows: string }>(
    databaseUrl,
    `SELECT relname AS table, n_tup_ins + n_tup_upd + n_tup_del AS rows FROM pg_stat_user_tables
      WHERE schemaname = 'public'`,
  )
  return new Map(rows.map((row) => [row.table, Number(row.rows)]))
}
