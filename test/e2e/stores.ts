/**
 * A database and a queue that no other test file uses, and ways to do to them what time and disasters do. So nothing
 * here waits for real minutes: `timePasses` makes the database older, `sweep` starts what the scheduler would start.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { JobName } from '@seer/core/jobs/catalog'
import type { QueueName } from '@seer/core/jobs/define-job'
import { dueTimes } from '@seer/core/meetings/debts'
import { createApiKey } from '@seer/core/people/api-keys'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { createLogger } from '@seer/infra/observe/logger'
import { migrateQueue } from '@seer/infra/queue/backend/migrate-queue'
import { openQueue } from '@seer/infra/queue/open-queue'
import { createTestDatabase, createTestRedis, type QueueBackend } from '@seer/infra/testing/services'
import pg from 'pg'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'

export type StoreOptions = {
  backend: QueueBackend
  /** Replaces the database of the test server. It must have the tables already. */
  databaseUrl?: string
  /** Called with the address of Redis. The programs get the address that it returns. */
  redisThrough?: (redisUrl: string) => Promise<string>
}

export type Stores = {
  /** What the programs are told. */
  env: Record<string, string>
  /** Where recordings are kept. */
  recordingsFolder: string
  /** An API key of this user; of alice when not given. */
  makeKey(userName?: string): Promise<string>
  query<Row extends pg.QueryResultRow = any>(text: string, values?: unknown[]): Promise<Row[]>
  /** Keeps locked what a statement locks while `work` runs, so that whoever wants to write it waits. */
  holding(text: string, values: unknown[], work: () => Promise<void>): Promise<void>
  /** Waits until every stored webhook has been processed. */
  settled(): Promise<void>
  /** Waits until all these meetings are in this state. To ask the API for each of many would keep it busy. */
  allReach(ids: string[], state: string): Promise<void>
  /** Makes everything in the database this much older, as if the time had passed. */
  timePasses(minutes: number): Promise<void>
  /** Starts a repeatable task now, and waits until a worker has run it. */
  sweep(name: JobName): Promise<void>
  /** Jobs of a queue that wait, run or are tried again later. */
  jobsIn(queue: QueueName): Promise<number>
  /** Jobs of a queue that failed for good. */
  deadLettersIn(queue: QueueName): Promise<number>
  /** What the queue looks like after its store has lost everything. */
  loseQueue(): Promise<void>
  close(): Promise<void>
}

/**
 * If the queue was away when a webhook was stored, the sweep starts it a minute later (`dueAfterMs` in receive-webhook.ts), at
 * its next tick.
 */
const lostWake = { withinMs: 100_000 }

export async function openStores({ backend, redisThrough, ...options }: StoreOptions): Promise<Stores> {
  const database = options.databaseUrl ? null : await createTestDatabase()
  const databaseUrl = options.databaseUrl ?? (database?.databaseUrl as string)
  const redis = backend === 'redis' ? createTestRedis() : null
  const redisEnv = redis && {
    REDIS_URL: (await redisThrough?.(redis.redisUrl)) ?? redis.redisUrl,
    REDIS_PREFIX: redis.prefix,
  }
  if (backend === 'postgres') await migrateQueue(databaseUrl)
  const recordings = await mkdtemp(join(tmpdir(), 'seer-recordings-'))
  const storageEnv = { STORAGE_URL: pathToFileURL(recordings).href }
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  // A test that stops its PostgreSQL breaks these connections; the next query opens new ones.
  pool.on('error', () => {})
  // One for all keys: it gives up when a connection takes 3 s, and on a busy machine one of many did.
  const db = openDb({ databaseUrl, poolSize: 4, writesPerSecond: 1, onError: () => {} })
  const log = createLogger({ level: 'silent', name: 'test' })
  const queue = openQueue({ redisUrl: redis?.redisUrl, prefix: redis?.prefix, databaseUrl, log })
  const countsOf = async (name: QueueName) => (await queue.counts()).find((each) => each.queue === name)
  const query: Stores['query'] = async (text, values) => (await pool.query(text, values)).rows
  return {
    env: { DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: '4', ...storageEnv, ...redisEnv },
    recordingsFolder: recordings,
    async makeKey(userName = 'alice') {
      const order = { userName, label: null, scopes: ['admin' as const], expiresAt: null }
      return (await createApiKey({ keys: db.apiKeys, newId }, order)).key
    },
    query,
    async holding(text, values, work) {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await client.query(text, values)
        await work()
      } finally {
        // The server ends the transaction with its connection.
        client.release(true)
      }
    },
    settled: () =>
      eventually(async () => {
        const waiting = await query(`SELECT event_type, error FROM webhook_events WHERE state = 'received'`)
        expect(waiting).toEqual([])
      }, lostWake),
    allReach: (ids, state) =>
      eventually(async () => {
        const others = `SELECT processing_status AS state, error_code, last_problem FROM meetings
          WHERE id = ANY($1) AND processing_status <> $2`
        expect(await query(others, [ids, state])).toEqual([])
      }),
    timePasses: (minutes) => makeOlder(query, minutes),
    async sweep(name) {
      const [before] = await query('SELECT clock_timestamp() AS now')
      await queue.enqueue(name, {} as never)
      await eventually(async () => {
        const runs = `SELECT 1 FROM scheduler_tasks
          WHERE name = $1 AND last_started_at >= $2 AND last_finished_at >= last_started_at`
        expect(await query(runs, [name, before.now])).toHaveLength(1)
      })
    },
    async jobsIn(name) {
      const counts = await countsOf(name)
      return counts ? counts.waiting + counts.active + counts.delayed : 0
    },
    deadLettersIn: async (name) => (await countsOf(name))?.failed ?? 0,
    loseQueue: () => (redis ? redis.clean() : emptyQueueTables(query)),
    async close() {
      await queue.close()
      await db.close()
      await pool.end()
      await redis?.clean()
      await database?.drop()
      await rm(recordings, { recursive: true, force: true })
    },
  }
}

const dueColumns = dueTimes.map((field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))

/** The columns that Seer writes by its own clock and compares with it. What the vendor's clock wrote stays as it is. */
const ownClock: Record<string, string[]> = {
  meetings: ['created_at', 'updated_at', ...dueColumns, 'lease_until', 'leave_requested_at', 'leave_sent_at'],
  artifacts: ['due_at', 'lease_until', 'created_at', 'updated_at'],
  webhook_events: ['received_at', 'processed_at', 'due_at'],
  webhook_endpoints: ['first_failure_at', 'last_failure_at', 'last_success_at', 'retry_at', 'due_at', 'created_at'],
  webhook_deliveries: ['due_at', 'created_at', 'settled_at'],
  idempotency_keys: ['created_at', 'locked_until', 'expires_at'],
  vendor_limits: ['next_at', 'paused_until'],
  calendar_integrations: [
    'connect_started_at',
    'checked_at',
    'lease_until',
    'due_at',
    'next_sync_at',
    'last_synced_at',
    'sync_error_at',
    'created_at',
    'updated_at',
  ],
  calendar_events: ['details_due_at', 'details_read_at', 'removed_at'],
  transcripts: ['created_at', 'lease_until', 'due_at'],
  oauth_flows: ['created_at', 'expires_at'],
}

async function makeOlder(query: Stores['query'], minutes: number): Promise<void> {
  for (const [table, columns] of Object.entries(ownClock)) {
    const changes = columns.map((column) => `${column} = ${column} - $1 * interval '1 minute'`)
    // The version stays: to those who read the row before, nothing has happened but time.
    await query(`UPDATE ${table} SET ${changes.join(', ')}`, [minutes])
  }
  // An event stays when it is, so its bot does, too. A bot that moved away from its event would have to be moved back.
  const join = "UPDATE meetings SET join_at = join_at - $1 * interval '1 minute' WHERE calendar_event_id IS NULL"
  await query(join, [minutes])
}

async function emptyQueueTables(query: Stores['query']): Promise<void> {
  const tables = await query<{ name: string }>(
    "SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename <> 'migration'",
  )
  // One by one: a statement that locks all tables meets the running workers in a deadlock.
  for (const { name } of tables) await query(`DELETE FROM ${name}`)
}
