import { createApiKey } from '@seer/core/people/api-keys'
import { storeTranscript } from '@seer/core/recordings/transcripts/store-transcript'
import type { Utterance } from '@seer/core/recordings/transcripts/utterance'
import { aMeeting } from '@seer/core/testing/meetings/builders'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createProcessGroup } from '../scripts/local/processes.ts'
import { startApi } from './accept.ts'
import { openEnvironment, query } from './environment.ts'
import { percentiles } from './load.ts'

const users = 1_000
/** One user of the thousand has a tenth of all utterances. */
const busyShare = 0.1
const linesOfMeeting = 250
/** Three hours of talk, at 4.3 seconds and 12 words an utterance. */
const longMeeting = 2_500
const wordsOfLine = 12
const searches = 200
const vocabulary = 20_000

/**
 * Stores transcripts of a thousand users as custody does, and measures three-hour transcripts. Then it searches and reads
 * pages over the API, one request after the other.
 */
export async function benchSearch(total: number): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  const db = openDb({ databaseUrl: environment.databaseUrl, poolSize: 6, writesPerSecond: 5, onError: () => {} })
  try {
    console.log(`${environment.origins}; ${total} utterances of ${users} users`)
    const [busy, ...others] = await seed(db, total)
    await query(environment.databaseUrl, 'VACUUM (ANALYZE) utterances, transcripts, meetings')
    const [size] = await query<{ text: string }>(
      environment.databaseUrl,
      `SELECT pg_size_pretty(pg_table_size('utterances')) || ', search index '
        || pg_size_pretty(pg_relation_size('utterances_search')) AS text`,
    )
    console.log(`  utterances take up ${size?.text}`)
    await measureStoring(db, busy as User)
    const api = await startApi(group, environment)
    await measureSearches(db, api, 'users with a thousand utterances', others.slice(0, 50))
    await measureSearches(db, api, `the user with ${Math.round(total * busyShare)}`, [busy as User])
    await measureRequests(db, api, busy as User)
  } finally {
    await db.close()
    await group.stop()
    await environment.close()
  }
}

type User = { id: string; name: string; meetingIds: string[] }

async function seed(db: Database, total: number): Promise<User[]> {
  const startedAt = performance.now()
  const all: User[] = Array.from({ length: users }, () => ({ id: newId(), name: newId(), meetingIds: [] }))
  await db.pool.query('INSERT INTO users (id, name) SELECT * FROM unnest($1::uuid[], $2::text[])', [
    all.map(({ id }) => id),
    all.map(({ name }) => name),
  ])
  const busy = Math.round((total * busyShare) / longMeeting)
  const usual = Math.round((total * (1 - busyShare)) / (users - 1) / linesOfMeeting)
  const orders = all.flatMap((user, i) =>
    Array.from({ length: i === 0 ? busy : usual }, () => ({ user, lines: i === 0 ? longMeeting : linesOfMeeting })),
  )
  let next = 0
  const work = async () => {
    for (let order = orders[next++]; order; order = orders[next++]) await storeMeeting(db, order.user, order.lines)
  }
  await Promise.all(Array.from({ length: 4 }, work))
  console.log(`  stored in ${Math.round((performance.now() - startedAt) / 1_000)} s`)
  return all
}

async function storeMeeting(db: Database, user: User, lines: number): Promise<number> {
  const id = newId()
  const joinAt = new Date(Date.UTC(2026, 0, 1) + Math.random() * 300 * 86_400_000)
  const meeting = aMeeting({ id, userId: user.id, joinKey: `meet:${id}`, joinAt, finalAt: joinAt, state: 'completed' })
  const entry = { type: 'bot_requested' as const, occurredAt: joinAt, data: { joinAt: null }, cause: 'api' as const }
  await db.meetings.claim(meeting, entry, 'nobody')
  user.meetingIds.push(id)
  const transcript = { utterances: talk(lines), language: 'en', service: 'gladia', problems: {} }
  const order = { meetingId: id, source: 'vendor' as const, sourceKey: 'bench', transcript }
  const startedAt = performance.now()
  await storeTranscript({ transcripts: db.transcripts, newId, now: () => new Date() }, order)
  return performance.now() - startedAt
}

/** Words as often as in a language: the n-th word is n times as rare as the first. */
const wordOf = (rank: number) => `w${rank.toString(36)}${(rank * 7).toString(36)}`
const anyRank = () => Math.floor(Math.exp(Math.random() * Math.log(vocabulary)))
const anyWord = () => wordOf(anyRank())

function talk(lines: number): Utterance[] {
  return Array.from({ length: lines }, (_, i) => {
    const startMs = i * 4_320
    const texts = Array.from({ length: wordsOfLine }, anyWord)
    const words = texts.map((text, at) => ({ text, startMs: startMs + at * 300, endMs: startMs + at * 300 + 250 }))
    return {
      speaker: `Speaker ${i % 4}`,
      startMs,
      endMs: startMs + 4_000,
      text: texts.join(' '),
      words,
      language: 'en',
    }
  })
}

async function measureStoring(db: Database, user: User): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < 10; i++) times.push(await storeMeeting(db, user, longMeeting))
  console.log(`  storing a three-hour transcript: ${percentiles(times)}   goal under 2000 ms`)
}

async function clientOf(db: Database, api: string, { name }: User): Promise<(path: string) => Promise<Answer>> {
  const { key } = await createApiKey(
    { keys: db.apiKeys, newId },
    { userName: name, label: null, scopes: ['read'], expiresAt: null },
  )
  return async (path) => {
    const startedAt = performance.now()
    const response = await fetch(`${api}/api/meetingbaas${path}`, { headers: { authorization: `Bearer ${key}` } })
    const body = (await response.json()) as { data: unknown[] }
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(body)}`)
    return { ms: performance.now() - startedAt, found: body.data.length }
  }
}
type Answer = { ms: number; found: number }

const kinds: [name: string, fields: () => Record<string, string>][] = [
  ['one word', () => ({ q: anyWord() })],
  ['a common word', () => ({ q: wordOf(1 + (anyRank() % 20)) })],
  ['two words', () => ({ q: `${anyWord()} ${anyWord()}` })],
  ['a phrase', () => ({ q: `"${wordOf(2)} ${anyWord()}"` })],
  ['without a word', () => ({ q: `${wordOf(5)} -${wordOf(2)}` })],
  ['one speaker', () => ({ q: anyWord(), speaker: 'speaker 1' })],
  ['best first', () => ({ q: wordOf(1 + (anyRank() % 200)), sort: 'best' })],
]

async function measureSearches(db: Database, api: string, whose: string, of: User[]): Promise<void> {
  const clients = await Promise.all(of.map((user) => clientOf(db, api, user)))
  const all: number[] = []
  console.log(`  search by ${whose}:`)
  for (const [kind, fields] of kinds) {
    const times: number[] = []
    let found = 0
    for (let i = 0; i < searches; i++) {
      const client = clients[i % clients.length] as (typeof clients)[number]
      const answer = await client(`/transcripts/search?${new URLSearchParams(fields())}`)
      // The first one reads from the disk and opens connections.
      if (i >= clients.length) times.push(answer.ms)
      found += answer.found
    }
    console.log(`    ${kind}: ${percentiles(times)}, ${(found / searches).toFixed(1)} passages on average`)
    all.push(...times)
  }
  console.log(`    all: ${percentiles(all)}   goal p95 under 50 ms`)
}

/** The plain request says how long anything takes on this machine at this time. */
async function measureRequests(db: Database, api: string, user: User): Promise<void> {
  const client = await clientOf(db, api, user)
  const paths: [name: string, path: (meetingId: string) => string][] = [
    ['a page of 100 utterances with their words (goal p95 under 20 ms)', (id) => `/bots/${id}/transcript`],
    ['for comparison, one bot of a list', () => '/bots?limit=1'],
  ]
  for (const [name, path] of paths) {
    const times: number[] = []
    for (let i = 0; i < searches; i++) {
      const meetingId = user.meetingIds[i % user.meetingIds.length] as string
      const { ms } = await client(path(meetingId))
      if (i > 0) times.push(ms)
    }
    console.log(`  ${name}: ${percentiles(times)}`)
  }
}
