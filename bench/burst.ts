import { setTimeout as delay } from 'node:timers/promises'
import { RecordingRules } from '@seer/core/rules/rules'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue, type SeerQueue } from '@seer/infra/queue/open-queue'
import { openVendorCalendars } from '@seer/infra/vendor/v2/open-vendor-calendars'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { connectCalendars } from './connected-calendars.ts'
import { type BenchEnvironment, openEnvironment } from './environment.ts'
import { median } from './load.ts'
import { type BenchSandbox, sandboxApiKey, startSandbox } from './sandbox.ts'
import { startWorker } from './worker.ts'

const usersARound = 50
const eventsPerUser = 10
const botsARound = usersARound * eventsPerUser
const rounds = 3
const workers = 4
const shareGoal = 0.95

type Bench = {
  environment: BenchEnvironment
  sandbox: BenchSandbox
  db: Database
  queue: SeerQueue
  perSecond: number
  calls: Calls
  /** The users of each round. */
  users: string[][]
}

/**
 * Four worker processes book many bots at once, at a vendor that refuses writes above its rate: 500 events of 50 users
 * who all switch their rules on at the same moment.
 * @param perSecond the writes per second that the vendor allows and Seer is told of
 * @throws {Error} when the vendor had to refuse a call, or the rate was not used
 */
export async function benchBurst(perSecond: number): Promise<void> {
  const environment = await openEnvironment()
  const calls: Calls = { booked: 0, refused: 0 }
  const [group, vendor] = [createProcessGroup(), createProcessGroup({ write: (line) => count(calls, line) })]
  group.onStop(vendor.stop)
  try {
    console.log(`${environment.origins}; ${perSecond} writes/s allowed, ${rounds} rounds of ${botsARound} bots`)
    const bench = await openBench({ environment, group, vendor, perSecond, calls })
    for (let i = 0; i < workers; i++) {
      await startWorker(group, environment, { vendorUrl: bench.sandbox.url, writesPerSecond: perSecond })
    }
    const results: Round[] = []
    for (let i = 0; i < rounds; i++) results.push(await Promise.race([round(bench, i), group.failed]))
    report(results)
  } finally {
    await group.stop()
    await environment.close()
  }
}

type Calls = { booked: number; refused: number }

/** Reads the sandbox's log: a line such as `POST /v2/bots/scheduled 201 2 ms` for every request. */
function count(calls: Calls, line: string): void {
  if (/ \/v2\/\S* 429 /.test(line)) calls.refused += 1
  else if (/POST \/v2\/bots\/scheduled 201 /.test(line)) calls.booked += 1
}

type Opening = Pick<Bench, 'environment' | 'perSecond' | 'calls'> & { group: ProcessGroup; vendor: ProcessGroup }

async function openBench({ environment, group, vendor, perSecond, calls }: Opening): Promise<Bench> {
  const { databaseUrl, redisUrl, redisPrefix: prefix } = environment
  const sandbox = await startSandbox(vendor, ['--rate-limit', String(perSecond), '--verbose'])
  const db = openDb({ databaseUrl, poolSize: 8, writesPerSecond: perSecond, onError: () => {} })
  const log = createLogger({ level: 'warn', name: 'bench' })
  const queue = openQueue({ redisUrl: redisUrl ?? undefined, prefix, databaseUrl, log })
  group.onStop(async () => {
    await queue.close()
    await db.close()
  })
  const users = await connectUsers(sandbox, db)
  return { environment, sandbox, db, queue, perSecond, calls, users }
}

/** Makes the users of all rounds with their calendars and events. Their rules are off. */
async function connectUsers(sandbox: BenchSandbox, db: Database): Promise<string[][]> {
  const users: string[] = []
  let linksMade = 0
  await sandbox.control('POST', '/calendars/seed', { calendars: rounds * usersARound, eventsPerCalendar: 0 })
  const vendor = openVendorCalendars({ apiKey: sandboxApiKey, baseUrl: sandbox.url, oauthClients: {} })
  try {
    await connectCalendars({ db, vendor }, async (accountEmail) => {
      linksMade += eventsPerUser
      await addEvents(sandbox, accountEmail, linksMade)
      const id = newId()
      await db.pool.query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text)', [id])
      users.push(id)
      return id
    })
  } finally {
    await vendor.close()
  }
  return Array.from({ length: rounds }, (_, i) => users.slice(i * usersARound, (i + 1) * usersARound))
}

/** Each event has its own link, so that each needs its own bot. */
async function addEvents(sandbox: BenchSandbox, accountEmail: string, firstLink: number): Promise<void> {
  for (let i = 0; i < eventsPerUser; i++) {
    const meetingUrl = `https://zoom.us/j/${9_000_000_000 + firstLink + i}`
    const event = { title: 'Call', inMinutes: 24 * 60 * (i + 1), meetingUrl }
    await sandbox.control('POST', `/calendars/${encodeURIComponent(accountEmail)}/events`, event)
  }
}

type Round = { seconds: number; share: number; refused: number; busiest: number }

/** All users of the round switch their rules on. The round ends when each bot is booked. */
async function round({ sandbox, db, queue, perSecond, calls, users }: Bench, i: number): Promise<Round> {
  const before = { ...calls }
  const since = new Date()
  const ids = users[i] as string[]
  const rules = RecordingRules.parse({ enabled: true })
  await Promise.all(ids.map((id) => db.scheduling.saveRules(id, rules, 0, since)))
  await queue.enqueueMany(
    'schedule-recordings',
    ids.map((userId) => ({ userId })),
  )
  await untilBooked(calls, before.booked + botsARound, perSecond)
  const times = await bookedSince(sandbox, since)
  const seconds = ((times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN)) / 1_000
  // The bookings of the first second go out at once, so only the later ones show the rate.
  const share = (botsARound - perSecond) / seconds / perSecond
  const result = { seconds, share, refused: calls.refused - before.refused, busiest: busiestSecond(times) }
  console.log(`round ${i + 1}: ${describe(result)}`)
  return result
}

async function untilBooked(calls: Calls, count: number, perSecond: number): Promise<void> {
  const atMostMs = 60_000 + (2 * 1_000 * botsARound) / perSecond
  const deadline = Date.now() + atMostMs
  while (Date.now() < deadline) {
    if (calls.booked >= count) return
    await delay(100)
  }
  throw new Error(`Not all bots were booked within ${Math.round(atMostMs / 1_000)} s.`)
}

/** When the vendor took the bookings, by its clock, which is also ours. */
async function bookedSince({ control }: BenchSandbox, since: Date): Promise<number[]> {
  const { scheduled } = await control<{ scheduled: { createdAt: string }[] }>('GET', '/bots?limit=10000')
  const times = scheduled.map(({ createdAt }) => Date.parse(createdAt)).filter((time) => time >= +since)
  if (times.length !== botsARound) throw new Error(`${times.length} bots were booked instead of ${botsARound}.`)
  return times.sort((a, b) => a - b)
}

/** The highest number of bookings in one second. */
function busiestSecond(times: number[]): number {
  let first = 0
  return times.reduce((most, time, last) => {
    while ((times[first] as number) <= time - 1_000) first += 1
    return Math.max(most, last - first + 1)
  }, 0)
}

function describe({ seconds, share, refused, busiest }: Round): string {
  const rate = `${seconds.toFixed(1)} s, ${(share * 100).toFixed(1)} % of the allowed rate`
  return `${rate}, ${refused} refused with 429, busiest second ${busiest}`
}

function report(results: Round[]): void {
  const share = median(results.map((result) => result.share))
  const refused = results.reduce((sum, result) => sum + result.refused, 0)
  console.log(`share of the rate, median:  ${(share * 100).toFixed(1)} %   goal ${shareGoal * 100} % or more`)
  console.log(`refused with 429:           ${refused}   goal 0`)
  if (refused > 0) throw new Error(`Meeting BaaS refused ${refused} calls because they came too fast.`)
  if (share < shareGoal) throw new Error(`Only ${(share * 100).toFixed(1)} % of the allowed rate was used.`)
}
