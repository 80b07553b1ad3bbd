import { setTimeout as delay } from 'node:timers/promises'
import { openDb } from '@seer/infra/db/open-db'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { startApi } from './accept.ts'
import { type BenchEnvironment, openEnvironment } from './environment.ts'
import { type LineBench, untilRow } from './line-bench.ts'
import { measureSetups, seedCalendars } from './line-calendars.ts'
import { percentiles } from './load.ts'
import { botOrder } from './requests.ts'
import { startSandbox } from './sandbox.ts'
import { startWorker } from './worker.ts'

const bookings = 3_000
const writesPerSecond = 5
const workers = 2
/**
 * Orders for now. Each bot is told to leave as soon as it is there. So at most two of the five writes a second are
 * theirs.
 */
const orders = 30
const ordersApartMs = 2_000
const goals = { createMs: 3_000, leaveMs: 2_000 }

type Calls = { written: number; refused: number }

/**
 * Measures how long people wait while lines are long: 3,000 bookings at five writes a second, and a sync of 10,000
 * calendars. Two worker processes and one API.
 * @param backend `postgres` for a queue without Redis
 */
export async function benchLine(backend: 'redis' | 'postgres'): Promise<void> {
  const environment = await openEnvironment(backend)
  const calls: Calls = { written: 0, refused: 0 }
  const [group, vendor] = [createProcessGroup(), createProcessGroup({ write: (line) => count(calls, line) })]
  group.onStop(vendor.stop)
  try {
    console.log(`${environment.origins}; ${bookings} bookings, ${writesPerSecond} writes/s`)
    const bench = await openBench(environment, group, vendor)
    await Promise.race([measureBots(bench, calls), group.failed])
    await Promise.race([measureSetups(bench), group.failed])
    console.log(`refused with 429:                 ${calls.refused}   goal 0`)
  } finally {
    await group.stop()
    await environment.close()
  }
}

/** Reads the sandbox's log: a line such as `POST /v2/bots/scheduled 201 2 ms` for every request. */
function count(calls: Calls, line: string): void {
  if (/ \/v2\/\S* 429 /.test(line)) calls.refused += 1
  else if (/(POST|PATCH|DELETE) \/v2\/\S* 2\d\d /.test(line)) calls.written += 1
}

async function openBench(environment: BenchEnvironment, group: ProcessGroup, vendor: ProcessGroup): Promise<LineBench> {
  const sandbox = await startSandbox(vendor, [
    '--rate-limit',
    String(writesPerSecond),
    '--calendar-limit',
    '0',
    '--verbose',
  ])
  const { databaseUrl, apiKey } = environment
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond, onError: () => {} })
  group.onStop(() => db.close())
  await seedCalendars(sandbox, db)
  const url = await startApi(group, environment, { vendorUrl: sandbox.url, writesPerSecond })
  for (let i = 0; i < workers; i++) await startWorker(group, environment, { vendorUrl: sandbox.url, writesPerSecond })
  async function api<T>(method: string, path: string, body?: string): Promise<T> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const headers = { authorization: `Bearer ${apiKey}`, ...json }
    const answer = await fetch(`${url}/api/meetingbaas${path}`, { method, headers, body: body ?? null })
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`)
    return ((await answer.json()) as { data: T }).data
  }
  return { environment, sandbox, db, api }
}

async function measureBots({ api, db }: LineBench, calls: Calls): Promise<void> {
  const joinAt = new Date(Date.now() + 48 * 3_600_000).toISOString()
  const booking = () => JSON.stringify({ ...JSON.parse(botOrder()), joinAt })
  for (let i = 0; i < bookings; i += 50) {
    await Promise.all(Array.from({ length: 50 }, () => api('POST', '/bots', booking())))
  }
  const [since, before] = [performance.now(), calls.written]
  const [created, left]: [number[], number[]] = [[], []]
  const all: Promise<void>[] = []
  for (let i = 0; i < orders; i++) {
    all.push(orderAndEnd({ api, db }, created, left))
    await delay(ordersApartMs)
  }
  await Promise.all(all)
  const seconds = (performance.now() - since) / 1_000
  const { rows } = await db.pool.query(`SELECT count(*)::int AS n FROM meetings WHERE processing_status = 'pending'`)
  const share = (calls.written - before) / seconds / writesPerSecond
  console.log(`bookings that still wait:         ${rows[0].n} of ${bookings}, after ${seconds.toFixed(0)} s`)
  console.log(`share of the rate:                ${(share * 100).toFixed(1)} %`)
  console.log(`POST /bots, until it is created:  ${percentiles(created)}   goal p95 ${goals.createMs} ms`)
  console.log(`DELETE, until the vendor knows:   ${percentiles(left)}   goal p95 ${goals.leaveMs} ms`)
}

async function orderAndEnd({ api, db }: Pick<LineBench, 'api' | 'db'>, created: number[], left: number[]) {
  const orderedAt = performance.now()
  const { id } = await api<{ id: string }>('POST', '/bots', botOrder())
  await untilRow(db, 'meetings', id, 'meeting_baas_id IS NOT NULL')
  created.push(performance.now() - orderedAt)
  const endedAt = performance.now()
  await api('DELETE', `/bots/${id}`)
  await untilRow(db, 'meetings', id, 'leave_sent_at IS NOT NULL')
  left.push(performance.now() - endedAt)
}
