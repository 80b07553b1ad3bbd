import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { parseMeetingUrl } from '@seer/core/bots/meeting-url'
import type { CalendarProvider } from '@seer/core/calendars/calendar-provider'
import { digestOf } from '@seer/core/calendars/diff-events'
import type { CalendarIntegration } from '@seer/core/calendars/integration'
import { newIntegration } from '@seer/core/calendars/new-integration'
import { readEventList } from '@seer/core/calendars/read-event-list'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/logging/logger'
import { openCalendarProvider } from '@seer/infra/provider/open-calendar-provider'
import { openQueue, type SeerQueue } from '@seer/infra/queue/open-queue'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { type BenchEnvironment, builtApp, openEnvironment } from './environment.ts'

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
  vendorUrl: string
  provider: CalendarProvider
}

/**
 * Full passes over many connected calendars by two worker processes, with a vendor that answers after 50 ms: when nothing
 * changed, ten times, and when a tenth of all events did. Beside it, in the same run, the design that goes from one user
 * to the next with a pause of a second.
 */
export async function benchCalendars(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  try {
    console.log(environment.origins)
    const bench = await openBench(environment, group)
    await connectAll(bench)
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
  const options = ['--port', '0', '--rate-limit', '0', '--api-key', apiKey]
  const line = await group.start('sandbox', [builtApp('sandbox'), ...options], { readyLine: /listening on/ })
  const vendorUrl = /http\S+/.exec(line)?.[0] ?? ''
  const provider = openCalendarProvider({ apiKey, baseUrl: vendorUrl, oauthClients: {} })
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond: 1_000, onError: () => {} })
  const log = createLogger({ level: 'warn', name: 'bench' })
  const queue = openQueue({ redisUrl: redisUrl ?? undefined, prefix, databaseUrl, log })
  group.onStop(async () => {
    await queue.close()
    await db.close()
    await provider.close()
  })
  return { environment, group, db, queue, vendorUrl, provider }
}

const apiKey = 'fake-key-of-the-benchmark'

async function control<T>(bench: Bench, method: string, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
  const answer = await fetch(`${bench.vendorUrl}/sandbox${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`The sandbox answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as T
}

/** Calendars at the vendor and our copy of them, as ten thousand connections and first syncs would have left them. */
async function connectAll(bench: Bench): Promise<void> {
  const { db, provider, environment } = bench
  const startedAt = performance.now()
  await control(bench, 'POST', '/calendars/seed', { calendars, eventsPerCalendar })
  let cursor: string | null = null
  let connected = 0
  do {
    const page: Awaited<ReturnType<CalendarProvider['listCalendars']>> = await provider.listCalendars({}, cursor)
    await Promise.all(
      page.items.map(async ({ calendarId, accountEmail }) => {
        const integration = await addIntegration(db, environment.userId, calendarId, accountEmail)
        await copyEvents(bench, integration)
      }),
    )
    connected += page.items.length
    cursor = page.nextCursor
  } while (cursor !== null)
  await db.pool.query('VACUUM ANALYZE')
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`${connected} calendars with ${eventsPerCalendar} events each, prepared in ${seconds.toFixed(0)} s`)
}

async function addIntegration(db: Database, userId: string, calendarId: string, accountEmail: string) {
  const now = new Date()
  const external = { externalCalendarId: accountEmail, name: null, accountEmail, pendingRefreshToken: 'none' }
  const fresh = newIntegration({ id: newId(), userId, provider: 'google', ...external, leaseUntil: now, now })
  // Looked at just now, so that no check of the connections runs beside the passes.
  const settled = { pendingRefreshToken: null, leaseUntil: null, dueAt: null, connectAttempts: 0, checkedAt: now }
  const integration: CalendarIntegration = { ...fresh, ...settled, calendarId, status: 'active' as const }
  if (!(await db.calendars.add(integration))) throw new Error('The calendar is there already.')
  return integration
}

async function copyEvents({ db, provider }: Bench, integration: CalendarIntegration): Promise<void> {
  const from = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000)
  const context = { signal: new AbortController().signal, progress: () => {} }
  const list = await readEventList(provider, integration.calendarId as string, from, context)
  const writes = [...list.events.values()].map((listed) => ({
    listed,
    fingerprint: list.fingerprints.get(listed.id) as string,
    details: null,
    joinKey: listed.meetingUrl && (parseMeetingUrl(listed.meetingUrl)?.joinKey ?? null),
    isOrganizer: false,
    removedAt: null,
    detailsDueAt: null,
  }))
  await db.calendarEvents.save(integration, writes, new Date())
  const counts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, pages: 0, detailReads: 0 }
  const digest = digestOf(list.fingerprints.values())
  const at = new Date()
  const end = { integrationId: integration.id, served: 0, counts, digestBefore: null, digest, at, nextSyncAt: at }
  await db.calendars.finishSync(end)
}

async function measureUnchanged(bench: Bench): Promise<void> {
  await control(bench, 'POST', '/faults', { kind: 'latency', match: { path: '/v2/' }, ms: latencyMs })
  for (let i = 0; i < workers; i++) await startWorker(bench)
  // Not counted: the workers start, and their code is compiled.
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
  const { touched } = await control<{ touched: number }>(bench, 'POST', '/calendars/touch', { share: changedShare })
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

/** Makes every calendar due, starts the sweep, and waits until each has been read. */
async function pass(bench: Bench): Promise<Pass> {
  const { db, queue } = bench
  const callsBefore = await vendorCalls(bench)
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
  const calls = (await vendorCalls(bench)) - callsBefore
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

/** The sandbox counts what its latency has struck: every request to the vendor's API. */
async function vendorCalls(bench: Bench): Promise<number> {
  const { faults } = await control<{ faults: { struck: number }[] }>(bench, 'GET', '/faults')
  return faults[0]?.struck ?? 0
}

function describe({ seconds, vendorCalls: calls, pages, detailReads, rssMb }: Pass): string {
  const what = `${calls} vendor calls (${pages} pages, ${detailReads} single events)`
  return `${seconds.toFixed(1)} s, ${what}, workers ${rssMb.join(' and ')} MB`
}

async function startWorker({ group, environment, vendorUrl }: Bench): Promise<void> {
  const env = {
    ...process.env,
    DATABASE_URL: environment.databaseUrl,
    REDIS_URL: environment.redisUrl ?? '',
    REDIS_PREFIX: environment.redisPrefix,
    MEETINGBAAS_API_KEY: apiKey,
    MEETINGBAAS_API_URL: vendorUrl,
    WORKER_PORT: '0',
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
  }
  const args = [builtApp('worker'), '--queues', 'calendars,sweeps']
  await group.start('worker', args, { env })
}

/** Resident memory of our worker processes in MB, as Linux tells it; empty elsewhere. */
async function memoryOfWorkers(): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  const isOurs = (status: string, i: number) =>
    status.includes(`PPid:\t${process.pid}\n`) && (lines[i] ?? '').includes(builtApp('worker'))
  return found.filter(isOurs).map((status) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024))
}

/** How it is often done: user by user, event by event, and a second of rest so that no limit is hit. */
async function measureOneByOne({ db, provider }: Bench): Promise<void> {
  const { rows } = await db.pool.query<{ id: string; calendarId: string }>(
    `SELECT id, calendar_id AS "calendarId" FROM calendar_integrations LIMIT ${oneByOneCalendars}`,
  )
  const startedAt = performance.now()
  for (const { id, calendarId } of rows) {
    const page = await provider.listEvents(calendarId, new Date(), null)
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
