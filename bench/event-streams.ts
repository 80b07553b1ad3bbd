import { type ClientRequest, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@seer/infra/db/open-db'
import { createLogger } from '@seer/infra/observe/logger'
import { openStores } from '@seer/infra/open-stores'
import { createProcessGroup } from '../scripts/local/processes.ts'
import { startApi } from './accept.ts'
import { type BenchEnvironment, openEnvironment } from './environment.ts'
import { type EventUser, newUser, writeEvent } from './event-users.ts'
import { percentiles } from './load.ts'

const users = 50
/** As many as one user may have. */
const streamsOfUser = 20
const perSecond = 200
const seconds = 60
/** Not counted: code is loaded and compiled. */
const warmUpSeconds = 5
const goalMs = 250

/**
 * A thousand open streams on one API process, while another process writes 200 events a second. Each event goes to the twenty
 * streams of its user. Measured from the return of the commit to the arrival at the client.
 * @throws {Error} when a stream missed an event, got one twice, or the goal was missed
 */
export async function benchEventStreams(): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  const { databaseUrl, redisUrl, redisPrefix } = environment
  const settings = { DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 6, REDIS_PREFIX: redisPrefix }
  const log = createLogger({ level: 'warn', name: 'bench' })
  const { db, close } = openStores({ ...settings, REDIS_URL: redisUrl ?? undefined }, { log })
  group.onStop(close)
  try {
    console.log(
      `${environment.origins}; ${users * streamsOfUser} streams of ${users} users, ${perSecond} events/s for ${seconds} s`,
    )
    const own: EventUser[] = []
    for (let i = 0; i < users; i++) own.push(await newUser(db))
    const api = await startApi(group, environment)
    const before = await memoryOf(api, environment)
    const { newest } = await db.feed.number()
    const startedAt = performance.now()
    const streams = await openStreams(api, own, newest)
    console.log(`  streams opened in ${Math.round(performance.now() - startedAt)} ms`)
    const committedAt = await Promise.race([write(db, own, api, environment), group.failed])
    await delay(2_000)
    report(streams, committedAt, { before, after: await memoryOf(api, environment) })
    for (const { request } of streams) request.destroy()
  } finally {
    await group.stop()
    await environment.close()
  }
}

/** `seen`: when each event came, by its id. */
type Stream = { user: EventUser; request: ClientRequest; seen: Map<string, number>; repeated: number }

async function openStreams(api: string, own: EventUser[], after: number): Promise<Stream[]> {
  const wanted = own.flatMap((user) => Array.from({ length: streamsOfUser }, () => user))
  return await Promise.all(
    wanted.map((user) => openStream(`${api}/api/meetingbaas/events/stream?after=${after}`, user)),
  )
}

async function openStream(url: string, user: EventUser): Promise<Stream> {
  return await new Promise((resolve, reject) => {
    const request = get(url, { agent: false, headers: { 'x-api-key': user.key } }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`A stream was answered with ${answer.statusCode}.`))
      const stream: Stream = { user, request, seen: new Map(), repeated: 0 }
      let rest = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        rest = take(stream, rest + text)
      })
      // Streams are ended by destroying them.
      answer.on('error', () => {})
      resolve(stream)
    })
    request.on('error', reject)
  })
}

/** @returns what does not belong to a whole event yet */
function take(stream: Stream, text: string): string {
  const now = performance.now()
  const end = text.lastIndexOf('\n\n')
  for (const [, id = ''] of text.slice(0, Math.max(end, 0)).matchAll(/^data: \{"id":"(evt_\w+-[\w-]+)"/gm)) {
    if (stream.seen.has(id)) stream.repeated += 1
    stream.seen.set(id, now)
  }
  return text.slice(end + 2)
}

/** Events at equal distances, of one bot after the other. @returns when each was committed, by its id and its user's */
async function write(db: Database, own: EventUser[], api: string, environment: BenchEnvironment) {
  const committedAt = new Map<string, { at: number; userId: string }>()
  const startedAt = performance.now()
  const total = perSecond * (warmUpSeconds + seconds)
  const running: Promise<void>[] = []
  for (let i = 0; i < total; i++) {
    await delay(Math.max(0, startedAt + (i * 1_000) / perSecond - performance.now()))
    if (i % (perSecond * 10) === 0) console.log(`  ${i} events written, API ${await memoryOf(api, environment)}`)
    const user = own[i % users] as EventUser
    running.push(
      writeEvent(db, user, Math.floor(i / users)).then(({ id }) => {
        if (i >= perSecond * warmUpSeconds) committedAt.set(id, { at: performance.now(), userId: user.id })
      }),
    )
  }
  await Promise.all(running)
  return committedAt
}

/** Resident memory, the heap in use, and the processor time so far, as the API says in its metrics. */
async function memoryOf(api: string, { apiKey }: BenchEnvironment): Promise<string> {
  const answer = await fetch(`${api}/metrics`, { headers: { authorization: `Bearer ${apiKey}` } })
  const text = await answer.text()
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  const mb = (name: string) => `${Math.round(figure(name) / 1e6)} MB`
  const cpu = `${figure('process_cpu_seconds_total').toFixed(1)} s of CPU`
  return `${mb('process_resident_memory_bytes')} resident, ${mb('nodejs_heap_size_used_bytes')} heap, ${cpu}`
}

type Memory = { before: string; after: string }

function report(
  streams: Stream[],
  committedAt: Map<string, { at: number; userId: string }>,
  { before, after }: Memory,
): void {
  const times: number[] = []
  let missing = 0
  for (const { user, seen } of streams) {
    for (const [id, { at, userId }] of committedAt) {
      if (userId !== user.id) continue
      const arrival = seen.get(id)
      if (arrival === undefined) missing += 1
      else times.push(Math.max(0, arrival - at))
    }
  }
  const repeated = streams.reduce((sum, stream) => sum + stream.repeated, 0)
  console.log(`commit to client:  ${percentiles(times)}   goal p95 under ${goalMs} ms`)
  console.log(`missing: ${missing}, twice: ${repeated}   goal 0`)
  console.log(`memory of the API: ${before} before, ${after} after`)
  const sorted = times.sort((a, b) => a - b)
  const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN
  if (missing + repeated > 0) throw new Error('A stream did not get each event once.')
  if (!(p95 < goalMs)) throw new Error(`95 of a hundred events took up to ${Math.round(p95)} ms.`)
}
