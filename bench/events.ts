import { toStoredSnapshot } from '@seer/core/log/feed/stored-snapshot'
import { botJson } from '@seer/core/meetings/views/bot-json'
import { createApiKey } from '@seer/core/people/api-keys'
import { aMeeting } from '@seer/core/testing/meetings/builders'
import { type Database, openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import pg from 'pg'
import { createProcessGroup } from '../scripts/local/processes.ts'
import { startApi } from './accept.ts'
import { openEnvironment, query } from './environment.ts'
import { percentiles } from './load.ts'

const users = 1_000
const eventsOfBot = 20
const unnumbered = 100_000
const pages = 200
const pageSize = 1_000

/**
 * Measures how fast committed entries get their positions, and how long a page of a thousand events takes in a feed of
 * `total` events of a thousand users, in the database and over the API.
 */
export async function benchEvents(total: number): Promise<void> {
  const environment = await openEnvironment()
  const group = createProcessGroup()
  const db = openDb({ databaseUrl: environment.databaseUrl, poolSize: 6, writesPerSecond: 5, onError: () => {} })
  try {
    console.log(`${environment.origins}; ${total} events of ${users} users, ${eventsOfBot} of each bot`)
    const names = await seed(environment.databaseUrl, total)
    console.log(`  they take up ${await sizeOfFeed(environment.databaseUrl)}`)
    await measureNumbering(db)
    const ids = new Map((await db.users.list()).map(({ name, id }) => [name, id]))
    const pagesOf = (readers: (string | null)[]) => measurePages(db, total, readers)
    await pagesOf(names.map((name) => ids.get(name) as string)).then(print('a page of a user, in the database'))
    await pagesOf([null]).then(print('a page of all users, in the database'))
    const api = await startApi(group, environment)
    await measureRequests(db, api, total, names).then(print('a page of a user, over the API'))
  } finally {
    await db.close()
    await group.stop()
    await environment.close()
  }
}

const print = (what: string) => (times: number[]) =>
  console.log(`  ${what}: ${percentiles(times)}   goal p95 under 20 ms`)

/** Events as the log has them, with the snapshot of a bot of usual size. The feed of each user is spread over all of it. */
async function seed(databaseUrl: string, total: number): Promise<string[]> {
  const names = Array.from({ length: users }, () => newId())
  await query(databaseUrl, `INSERT INTO users (id, name) SELECT gen_random_uuid(), unnest('{${names}}'::text[])`)
  const bot = botJson({ meeting: aMeeting(), role: 'owner', others: 0 }, { lateAccess: 'recording', baseUrl: '' })
  const snapshot = toStoredSnapshot(bot)
  // Not from the pool, whose statements have half a minute.
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await fill(client, total, snapshot)
  } finally {
    await client.end()
  }
  return names
}

async function fill(client: pg.Client, total: number, snapshot: string): Promise<void> {
  await client.query(`
    CREATE TEMPORARY TABLE owners AS SELECT id, row_number() OVER () - 1 AS n FROM users LIMIT ${users}`)
  const perRound = users * eventsOfBot * 10
  for (let from = 0; from < total; from += perRound) {
    // In the order of time every bot of this round has its first event before any has its second.
    await client.query(
      `WITH bots AS MATERIALIZED (
          SELECT gen_random_uuid() AS id, owners.id AS owner_id, n * 10 + i AS n FROM owners, generate_series(0, 9) AS i),
        entries AS (
          SELECT bots.id, owner_id, seq, row_number() OVER (ORDER BY seq, n) + $1::bigint AS position
          FROM bots, generate_series(1, ${eventsOfBot}) AS seq),
        logged AS (
          INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, data, snapshot)
          SELECT 'bot', id, seq, 'bot_joining', now(), 'webhook', '{"code": "joining_call"}', $2::json FROM entries
          ORDER BY position),
        positions AS (
          INSERT INTO log_positions (position, subject_kind, subject_id, seq, type, readers, others)
          SELECT position, 'bot', id, seq, 'bot_joining', ARRAY[owner_id], 0 FROM entries ORDER BY position)
        INSERT INTO log_readers (reader_id, position, subject_kind, subject_id, seq, type, others)
        SELECT owner_id, position, 'bot', id, seq, 'bot_joining', 0 FROM entries ORDER BY position`,
      [from, snapshot],
    )
  }
  await client.query(`UPDATE log_counter SET newest = (SELECT max(position) FROM log_positions)`)
  await client.query('VACUUM (ANALYZE) log, log_positions, log_readers')
}

async function sizeOfFeed(databaseUrl: string): Promise<string> {
  const size = (table: string) => `'${table} ' || pg_size_pretty(pg_total_relation_size('${table}'))`
  const parts = ['log', 'log_positions', 'log_readers'].map(size).join(` || ', ' || `)
  const [row] = await query<{ text: string }>(databaseUrl, `SELECT ${parts} AS text`)
  return row?.text ?? ''
}

async function measureNumbering(db: Database): Promise<void> {
  await db.pool.query(
    `INSERT INTO log_unnumbered (subject_kind, subject_id, seq, type, owner_id)
      SELECT 'bot', gen_random_uuid(), 1, 'bot_joining', id FROM users, generate_series(1, $1) ORDER BY random()`,
    [unnumbered / users],
  )
  const before = await db.feed.bounds()
  const startedAt = performance.now()
  const { newest } = await db.feed.number()
  const perSecond = (newest - before.newest) / ((performance.now() - startedAt) / 1_000)
  console.log(`  numbering: ${Math.round(perSecond)} events/s   goal 5000 or more`)
}

const anyPosition = (total: number) => Math.floor(Math.random() * total * 0.9)

async function measurePages(db: Database, total: number, readers: (string | null)[]): Promise<number[]> {
  const times: number[] = []
  for (let i = 0; i < pages; i++) {
    const startedAt = performance.now()
    const reader = readers[i % readers.length] as string | null
    const page = await db.feed.page({ reader, after: anyPosition(total), limit: pageSize })
    times.push(performance.now() - startedAt)
    if (page.events.length === 0) throw new Error('An empty page.')
  }
  return times
}

async function measureRequests(db: Database, api: string, total: number, names: string[]): Promise<number[]> {
  const order = { label: null, scopes: ['read' as const], expiresAt: null }
  const keys = await Promise.all(
    names.slice(0, 20).map((userName) => createApiKey({ keys: db.apiKeys, newId }, { ...order, userName })),
  )
  const times: number[] = []
  for (let i = 0; i < pages; i++) {
    const headers = { authorization: `Bearer ${keys[i % keys.length]?.key}` }
    const after = anyPosition(total)
    const startedAt = performance.now()
    const response = await fetch(`${api}/api/meetingbaas/events?after=${after}&limit=${pageSize}`, { headers })
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${response.status}`)
    times.push(performance.now() - startedAt)
  }
  return times
}
