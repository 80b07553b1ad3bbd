import { randomUUID } from 'node:crypto'
import { at } from '@seer/core/testing/meetings/builders'
import type { NewInboxEvent } from '@seer/core/webhooks/inbox'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../testing/services.ts'
import { newId } from '../ids.ts'
import { isDatabaseUnavailable } from './database-errors.ts'
import { type Database, openDb } from './open-db.ts'

let database: TestDatabase
let clients: [pg.Client, pg.Client]
let userId: string

beforeAll(async () => {
  database = await createTestDatabase()
})
beforeEach(async () => {
  clients = [await connect(), await connect()]
  userId = newId()
  await clients[0].query('INSERT INTO users (id, name) VALUES ($1::uuid, $1::text), ($2::uuid, $2::text)', [
    userId,
    newId(),
  ])
})
afterEach(() => Promise.all(clients.map((client) => client.end().catch(() => {}))))
afterAll(() => database.drop())

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.databaseUrl })
  client.on('error', () => {})
  await client.connect()
  return client
}

type PgError = { code: string }
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: PgError) => error,
  )

/** Errors of a database that is busy, slow or in a failover, each as PostgreSQL reports it. */
const troubles: [string, string, (a: pg.Client, b: pg.Client) => Promise<PgError | null>][] = [
  [
    'a statement that took too long',
    '57014',
    async (a) => {
      await a.query('SET statement_timeout = 20')
      return await errorOf(a.query('SELECT pg_sleep(5)'))
    },
  ],
  [
    'a lock that did not become free',
    '55P03',
    async (a, b) => {
      await b.query('BEGIN; LOCK TABLE users')
      await a.query('SET lock_timeout = 20')
      return await errorOf(a.query('SELECT FROM users'))
    },
  ],
  [
    'a deadlock',
    '40P01',
    async (a, b) => {
      const touch = (client: pg.Client, order: string) =>
        client.query(`UPDATE users SET name = name WHERE id = (SELECT id FROM users ORDER BY id ${order} LIMIT 1)`)
      await Promise.all([a.query('BEGIN'), b.query('BEGIN')])
      await Promise.all([touch(a, 'ASC'), touch(b, 'DESC')])
      const ends = await Promise.all([errorOf(touch(a, 'DESC')), errorOf(touch(b, 'ASC'))])
      return ends.find((end) => end !== null) ?? null
    },
  ],
  [
    'a change by somebody else',
    '40001',
    async (a, b) => {
      await a.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM users')
      await b.query('UPDATE users SET name = name')
      return await errorOf(a.query('UPDATE users SET name = name'))
    },
  ],
  [
    'a connection that was ended',
    '57P01',
    async (a, b) => {
      const { rows } = await a.query('SELECT pg_backend_pid() AS pid')
      const sleeping = errorOf(a.query('SELECT pg_sleep(5)'))
      await b.query('SELECT pg_terminate_backend($1)', [rows[0].pid])
      return await sleeping
    },
  ],
]

test.each(troubles)('%s (%s) is temporary', async (_, code, cause) => {
  const error = await cause(...clients)
  expect(error).toMatchObject({ code })
  expect(isDatabaseUnavailable(error)).toBe(true)
})

test.each(['25P03', '25P04', '53300', '53400', '08006', '57P02', '57P03', '40003', 'P2034', 'P2028'])(
  '%s is temporary',
  (code) => {
    expect(isDatabaseUnavailable(Object.assign(new Error('x'), { code }))).toBe(true)
  },
)

test.each(['22P05', '23505', '42P01', 'P2002'])('%s is not temporary, because the statement is wrong', (code) => {
  expect(isDatabaseUnavailable(Object.assign(new Error('x'), { code }))).toBe(false)
})

describe('stores whose tables are locked for longer than they wait', () => {
  let db: Database
  beforeEach(async () => {
    const databaseUrl = `${database.databaseUrl}?options=-c%20lock_timeout%3D100`
    db = openDb({ databaseUrl, poolSize: 10, writesPerSecond: 5, onError: () => {} })
    await db.ping()
    await clients[0].query('BEGIN; LOCK TABLE webhook_events, users, api_keys')
  })
  afterEach(() => db.close())
  const unavailable = { name: 'RetryableError', code: 'SERVICE_UNAVAILABLE' }

  test('a batch is refused as a whole, in one statement, and its events are not tried one by one', async () => {
    const { pool } = db
    const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>
    let statements = 0
    Object.assign(pool, { query: (...args: unknown[]) => ((statements += 1), query(...args)) })
    const ends = await Promise.all(Array.from({ length: 200 }, () => errorOf(db.inbox.store(event()))))
    expect(ends).toEqual(ends.map(() => expect.objectContaining(unavailable)))
    expect(statements).toBeLessThanOrEqual(2)
  })

  test('Prisma gives the same error', async () => {
    await expect(db.apiKeys.list(null)).rejects.toMatchObject(unavailable)
  })
})

function event(): NewInboxEvent {
  const id = newId()
  const known = { source: 'v2', messageId: id, dedupeKey: id, businessKey: null, eventType: 'bot.status_change' }
  return { id, ...known, vendorBotId: randomUUID(), meetingId: null, body: '{}', receivedAt: at(0), dueAt: at(1) }
}
