import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { VendorCalendars } from '@seer/core/vendor/vendor-calendars'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue, type SeerQueue } from '@seer/infra/queue/open-queue'
import { openVendorCalendars } from '@seer/infra/vendor/v2/open-vendor-calendars'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { connectCalendars } from './connected-calendars.ts'
import { type BenchEnvironment, builtApp, openEnvironment } from './environment.ts'
import { type BenchSandbox, countVendorCalls, sandboxApiKey, startSandbox } from './sandbox.ts'
import { startWorker } from './worker.ts'

const calendars = 10_000
const eventsPerCalendar = 50
const latencyMs = 50
const workers = 2
const passes = 10
const changedShare = 0.1
const oneByOneCalendars = 20
const oneByOnePauseMs = 1_000
const passAtMostMs = 600_000

type Bench = {
  environment: BenchEnvironment
  group: ProcessGroup
  db: Database
  queue: SeerQueue
  sandbox: BenchSandbox
  vendor: VendorCalendars
  /** Number of requests to the vendor so far. */
  vendorCalls: () => Promise<number>
}

/**
 * Two worker processes read many connected calendars in full passes, from a vendor that answers after 50 ms: ten passes
 * in which nothing changed, and one in which a tenth of all events changed. The same run also measures the common
 * design that goes from user to user with a pause of a second.
 */
export async function benchCalendars(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  try {
    console.log(environment.origins)
    const bench = await openBench(environment, group)
    await measureUnchanged(bench)
    await measureChanged(bench)
    await measureOneByOne(bench)
  } finally {
    await group.stop()
    await environment.close()
  }
}

async function openBench(environment: BenchEnvironment, group: ProcessGroup): Promise<Bench> {
  const { databaseUrl, redisUrl, redisPrefix: prefix } = environment
  const sandbox = await startSandbox(group, ['--rate-limit', '0'])
  const vendor = openVendorCalendars({ apiKey: sandboxApiKey, baseUrl: sandbox.url, oauthClients: {} })
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond: 1_000, onError: () => {} })
  const log = createLogger({ level: 'warn', name: 'bench' })
  const queue = openQueue({ redisUrl: redisUrl ?? undefined, prefix, databaseUrl, log })
  group.onStop(async () => {
    await queue.close()
    await db.close()
    await vendor.close()
  })
  const vendorCalls = await prepare({ environment, sandbox, db, vendor })
  return { environment, group, db, queue, sandbox, vendor, vendorCalls }
}

type Prepared = Pick<Bench, 'environment' | 'sandbox' | 'db' | 'vendor'>

async function prepare({ environment, sandbox, db, vendor }: Prepared): Promise<Bench['vendorCalls']> {
  const startedAt = performance.now()
  await sandbox.control('POST', '/calendars/seed', { calendars, eventsPerCalendar })
  const connected = await connectCalendars({ db, vendor }, () => environment.userId)
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`${connected} calendars with ${eventsPerCalendar} events each, prepared in ${seconds.toFixed(0)} s`)
  return await countVendorCalls(sandbox, latencyMs)
}

async function measureUnchanged(bench: Bench): Promise<void> {
  const { group, environment, sandbox } = bench
  for (let i = 0; i < workers; i++) {
    await startWorker(group, environment, { vendorUrl: sandbox.url, queues: 'calendars,sweeps' })
  }
  // The first pass does not count: the workers start, and their code is compiled.
  await pass(bench)
  const runs: Pass[] = []
  for (let i = 1; i <= passes; i++) {
    const run = await pass(bench)
    runs.push(run)
    console.log(`pass ${String(i).padStart(2)}: ${describe(run)}`)
  }
  const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b)
  console.log(`unchanged, median:      ${seconds[Math.floor(passes / 2)]?.toFixed(1)} s   goal under 60 s`)
  const rss = (run: Pass | undefined) => run?.rssMb.join(' and ')
  console.log(`memory of the workers:  ${rss(runs[0])} MB after pass 1, ${rss(runs.at(-1))} MB after pass ${passes}`)
}

async function measureChanged(bench: Bench): Promise<void> {
  const { touched } = await bench.sandbox.control<{ touched: number }>('POST', '/calendars/touch', {
    share: changedShare,
  })
  const run = await pass(bench)
  console.log(`${touched} events changed: ${describe(run)}`)
  console.log(`a tenth changed:        ${run.seconds.toFixed(1)} s   goal under 120 s`)
  if (run.updated !== touched) throw new Error(`${touched} events changed, but ${run.updated} were updated.`)
}

type Pass = {
  seconds: number
  vendorCalls: number
  pages: number
  detailReads: number
  updated: number
  rssMb: number[]
}

/** Makes every calendar due, starts the sweep, and waits until each calendar has been read. */
async function pass(bench: Bench): Promise<Pass> {
  const { db, queue, vendorCalls } = bench
  const callsBefore = await vendorCalls()
  const startedAt = new Date()
  await db.pool.query('UPDATE calendar_integrations SET next_sync_at = $1', [startedAt])
  const begun = performance.now()
  await queue.enqueue('sync-calendars', {})
  await untilSynced(bench, startedAt)
  const seconds = (performance.now() - begun) / 1_000
  const { rows } = await db.pool.query<Omit<Pass, 'seconds' | 'rssMb' | 'vendorCalls'>>(
    `SELECT sum((sync_result->>'pages')::int)::int AS pages, sum((sync_result->>'detailReads')::int)::int AS "detailReads",
      sum((sync_result->>'updated')::int)::int AS updated FROM calendar_integrations`,
  )
  const counted = rows[0] ?? { pages: 0, detailReads: 0, updated: 0 }
  const calls = (await vendorCalls()) - callsBefore
  return { seconds, vendorCalls: calls, ...counted, rssMb: await memoryOfWorkers() }
}

async function untilSynced({ db }: Bench, since: Date): Promise<void> {
  const deadline = Date.now() + passAtMostMs
  while (Date.now() < deadline) {
    const { rows } = await db.pool.query<{ count: string }>(
      'SELECT count(*) FROM calendar_integrations WHERE last_synced_at IS NULL OR last_synced_at < $1',
      [since],
    )
    if (Number(rows[0]?.count) === 0) return
    await delay(200)
  }
  throw new Error(`The pass did not end within ${passAtMostMs / 1_000} s.`)
}

function describe({ seconds, vendorCalls: calls, pages, detailReads, rssMb }: Pass): string {
  const what = `${calls} vendor calls (${pages} pages, ${detailReads} single events)`
  return `${seconds.toFixed(1)} s, ${what}, workers ${rssMb.join(' and ')} MB`
}

/** Resident memory of our worker processes in MB, as Linux tells it; empty on other systems. */
async function memoryOfWorkers(): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  const isOurs = (status: string, i: number) =>
    status.includes(`PPid:\t${process.pid}\n`) && (lines[i] ?? '').includes(builtApp('worker'))
  return found.filter(isOurs).map((status) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024))
}

/** The common design: user by user, event by event, with a second of rest so that no limit is hit. */
async function measureOneByOne({ db, vendor }: Bench): Promise<void> {
  const { rows } = await db.pool.query<{ id: string; calendarId: string }>(
    `SELECT id, calendar_id AS "calendarId" FROM calendar_integrations LIMIT ${oneByOneCalendars}`,
  )
  const startedAt = performance.now()
  for (const { id, calendarId } of rows) {
    const page = await vendor.listEvents(calendarId, new Date(), null)
    for (const event of page.items) {
      await db.pool.query('UPDATE calendar_events SET title = $2, start_time = $3, end_time = $4 WHERE id = $1', [
        event.id,
        event.title,
        event.startTime,
        event.endTime,
      ])
    }
    await db.pool.query('UPDATE calendar_integrations SET last_synced_at = now() WHERE id = $1', [id])
    await delay(oneByOnePauseMs)
  }
  const each = (performance.now() - startedAt) / 1_000 / rows.length
  const hours = (each * calendars) / 3_600
  console.log(
    `one after the other:    ${each.toFixed(2)} s a calendar, ${hours.toFixed(1)} h for ${calendars} (extrapolated)`,
  )
}
