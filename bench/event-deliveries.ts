import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@seer/infra/db/open-db'
import { createLogger } from '@seer/infra/observe/logger'
import { openStores } from '@seer/infra/open-stores'
import { createProcessGroup, type ProcessGroup } from '../scripts/local/processes.ts'
import { startApi } from './accept.ts'
import { type BenchEnvironment, openEnvironment, removeKeys } from './environment.ts'
import { openReceivers, type Receivers } from './event-receivers.ts'
import { type EventUser, newUser, writeEvent } from './event-users.ts'
import { percentiles } from './load.ts'
import { startWorker } from './worker.ts'

const users = 100
const perSecond = 200
const seconds = 30
/** Not counted: code is loaded and compiled. */
const warmUpSeconds = 5
const goalMs = 1_000
/** The receivers that misbehave. */
const [hanging, failing] = [0, 1]
/** After the second from its start: API and worker are killed, and the queue is wiped. */
const disastersAfter = [8, 18]
/** What a killed worker had claimed is due again after 60 s, and endpoints whose jobs are lost after 120 s. */
const allArriveWithinMs = 240_000

type Bench = {
  environment: BenchEnvironment
  db: Database
  own: EventUser[]
  /** The id of the endpoint of each user. */
  endpoints: string[]
  receivers: Receivers
  programs: Programs
}

/**
 * A hundred endpoints of a hundred users, of which one hangs and one answers 500, at 200 events a second. Then the same while
 * Redis is wiped and API and worker are killed, twice.
 * @throws {Error} when the goal was missed, or an event did not arrive
 */
export async function benchEventDeliveries(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  const { databaseUrl, redisUrl, redisPrefix } = environment
  const settings = { DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 6, REDIS_PREFIX: redisPrefix }
  const log = createLogger({ level: 'error', name: 'bench' })
  const { db, close } = openStores({ ...settings, REDIS_URL: redisUrl ?? undefined }, { log })
  group.onStop(close)
  try {
    console.log(`${environment.origins}; ${users} endpoints of ${users} users, ${perSecond} events/s for ${seconds} s`)
    const receivers = await openReceivers(users)
    group.onStop(receivers.close)
    const programs = await startPrograms(environment)
    group.onStop(() => programs.stop())
    const own: EventUser[] = []
    for (let i = 0; i < users; i++) own.push(await newUser(db))
    const endpoints: string[] = []
    for (const [i, { key }] of own.entries()) endpoints.push(await addEndpoint(programs.api(), key, receivers.urlOf(i)))
    const bench = { environment, db, own, endpoints, receivers, programs }
    await measureLag(bench)
    await measureDisasters(bench)
  } finally {
    await group.stop()
    await environment.close()
  }
}

type Programs = { api(): string; kill(): Promise<void>; start(): Promise<void>; stop(): Promise<void> }

/** One API and one worker, which does nothing else: other jobs would change the bots whose events are written. */
async function startPrograms(environment: BenchEnvironment): Promise<Programs> {
  let group: ProcessGroup
  let api = ''
  async function start(): Promise<void> {
    group = createProcessGroup()
    api = await startApi(group, environment)
    await startWorker(group, environment, { vendorUrl: 'http://127.0.0.1:9', queues: 'deliveries' })
  }
  await start()
  return {
    api: () => api,
    async kill() {
      group.kill()
      await group.stop()
    },
    start,
    stop: () => group.stop(),
  }
}

async function addEndpoint(api: string, key: string, url: string): Promise<string> {
  const { id } = await ask<{ id: string }>(api, key, 'POST', 'webhook-endpoints', { url, events: ['bot.*'] })
  return id
}

async function ask<Data>(api: string, key: string, method: string, path: string, body?: object): Promise<Data> {
  const json: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
  const headers = { authorization: `Bearer ${key}`, ...json }
  const answer = await fetch(`${api}/api/meetingbaas/${path}`, { method, headers, body: body && JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { data: Data }).data
}

async function measureLag(bench: Bench): Promise<void> {
  bench.receivers.misbehave(
    new Map([
      [hanging, 'hangs'],
      [failing, 'fails'],
    ]),
  )
  await write(bench, warmUpSeconds)
  const written = await write(bench, seconds)
  const sound = [...written].filter(([, index]) => index !== hanging && index !== failing)
  await allArrived(bench, new Map(sound))
  const times = sound.map(([id, index]) => bench.receivers.arrivals[index]?.get(id)?.lagMs ?? Number.NaN)
  console.log(`recorded to delivered, 98 endpoints:  ${percentiles(times)}   goal p95 under ${goalMs} ms`)
  const p95 = times.sort((a, b) => a - b)[Math.ceil(0.95 * times.length) - 1] ?? Number.NaN
  if (!(p95 < goalMs)) throw new Error(`95 of a hundred events took up to ${p95} ms.`)
}

/** Whoever repairs a receiver pauses its endpoint and activates it again, which sends everything that it has missed. */
async function measureDisasters(bench: Bench): Promise<void> {
  const { own, endpoints, receivers, programs } = bench
  const writing = write(bench, seconds)
  writing.catch(() => {})
  for (const [i, second] of disastersAfter.entries()) {
    await delay((second - (disastersAfter[i - 1] ?? 0)) * 1_000)
    await disaster(bench)
  }
  const written = await writing
  const endedAt = performance.now()
  const sound = [...written].filter(([, index]) => index !== hanging && index !== failing)
  await allArrived(bench, new Map(sound))
  console.log(`98 endpoints had everything ${secondsSince(endedAt)} s after the last event`)
  receivers.misbehave(new Map())
  const repairedAt = performance.now()
  for (const index of [hanging, failing]) {
    const { key } = own[index] as EventUser
    for (const paused of [true, false])
      await ask(programs.api(), key, 'PATCH', `webhook-endpoints/${endpoints[index]}`, { paused })
  }
  await allArrived(bench, written)
  console.log(`the two others had everything ${secondsSince(repairedAt)} s after they were repaired`)
  await reportFeed(bench, written)
}

const secondsSince = (at: number) => Math.round((performance.now() - at) / 1_000)

async function disaster({ environment, programs }: Bench): Promise<void> {
  const { redisUrl, redisPrefix } = environment
  await programs.kill()
  if (redisUrl) await removeKeys(redisUrl, `${redisPrefix}*`)
  await programs.start()
  console.log('  API and worker killed, Redis wiped, both started again')
}

/** Events at equal distances, of one user after the other. @returns the index of the user of each, by its id */
async function write({ db, own }: Bench, forSeconds: number): Promise<Map<string, number>> {
  const written = new Map<string, number>()
  const startedAt = performance.now()
  // Those of one user one after the other: an event is written on top of the one before.
  const writing = own.map(() => Promise.resolve())
  const all = new AbortController()
  for (let i = 0; i < perSecond * forSeconds && !all.signal.aborted; i++) {
    await delay(Math.max(0, startedAt + (i * 1_000) / perSecond - performance.now()))
    const index = i % users
    writing[index] = (writing[index] as Promise<void>)
      .then(() => writeEvent(db, own[index] as EventUser, Math.floor(i / users)))
      .then(({ id }) => void written.set(id, index))
    writing[index].catch((error: unknown) => all.abort(error))
  }
  await Promise.all(writing)
  return written
}

/** @throws {Error} when events are missing after some minutes */
async function allArrived({ receivers }: Bench, written: Map<string, number>): Promise<void> {
  const until = performance.now() + allArriveWithinMs
  for (;;) {
    const missing = [...written].filter(([id, index]) => !receivers.arrivals[index]?.has(id))
    if (missing.length === 0) return
    if (performance.now() > until) throw new Error(`${missing.length} events have not arrived.`)
    await delay(200)
  }
}

async function reportFeed({ environment, programs, receivers }: Bench, written: Map<string, number>): Promise<void> {
  const inFeed = new Set<string>()
  for (let after = 0; ; ) {
    const page = await ask<{ id: string; position: number }[]>(
      programs.api(),
      environment.apiKey,
      'GET',
      `events?all=1&limit=1000&after=${after}`,
    )
    for (const { id } of page) inFeed.add(id)
    const last = page.at(-1)
    if (!last) break
    after = last.position
  }
  const missing = [...written.keys()].filter((id) => !inFeed.has(id)).length
  const repeated = [...written].filter(([id, index]) => (receivers.arrivals[index]?.get(id)?.times ?? 0) > 1).length
  console.log(`${written.size} events: 0 not delivered, ${repeated} delivered again, ${missing} missing in the feed`)
  if (missing > 0) throw new Error('Events are missing in the feed.')
}
