/**
 * The real servers of integration tests (`*.int.test.ts`). test/services.ts finds or starts them once per run; a test
 * file takes its own database and its own Redis prefix from here, so that files can run side by side.
 */
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, inject } from 'vitest'
import { databaseUrlOf } from '../src/db/database-url.ts'

export type TestServices = {
  /** Any database of the server, from which others can be created and dropped. */
  serverUrl: string
  /** A database with all migrations. Nobody connects to it, because PostgreSQL copies only idle databases. */
  templateDatabase: string
  /** Null when no Redis could be found or started. */
  redisUrl: string | null
}

declare module 'vitest' {
  interface ProvidedContext {
    services: TestServices
  }
}

export type TestDatabase = { databaseUrl: string; drop(): Promise<void> }

/** A migrated, empty database for one test file (about 0.1 s). If it is not dropped, the end of the run drops it. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { serverUrl, templateDatabase } = inject('services')
  const name = `${templateDatabase}_${randomBytes(4).toString('hex')}`
  await administer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`)
  // No test pulls the plug of this server, so no commit needs to wait for the disk.
  await administer(serverUrl, `ALTER DATABASE ${name} SET synchronous_commit = off`)
  const drop = () => administer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  return { databaseUrl: databaseUrlOf(serverUrl, name), drop }
}

async function administer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export type TestRedis = {
  redisUrl: string
  /** For BullMQ's `prefix` option. The server may hold other data, so only keys with this prefix are ours. */
  prefix: string
  clean(): Promise<void>
}

/** A prefix in Redis for one test file; null without Redis. */
export function createTestRedis(): TestRedis | null {
  const { redisUrl } = inject('services')
  if (redisUrl === null) return null
  const prefix = `seer-test-${randomBytes(6).toString('hex')}`
  return { redisUrl, prefix, clean: () => removeKeys(redisUrl, `${prefix}*`) }
}

/** In one step, like FLUSHALL. Otherwise a running worker could meet half of a queue, which no disaster leaves. */
const removeMatching = `
  local keys = redis.call('KEYS', ARGV[1])
  for _, key in ipairs(keys) do redis.call('UNLINK', key) end
  return #keys`

async function removeKeys(redisUrl: string, pattern: string): Promise<void> {
  const redis = new Redis(redisUrl)
  try {
    await redis.eval(removeMatching, 0, pattern)
  } finally {
    redis.disconnect()
  }
}

export type QueueBackend = 'postgres' | 'redis'

/**
 * Runs a suite once per queue backend. Without Redis it runs only on PostgreSQL and the end of the run says so;
 * TEST_REQUIRE_REDIS=1 makes that a failure.
 */
export function describeOnEachBackend(title: string, suite: (backend: QueueBackend) => void): void {
  describeOn(['postgres', 'redis'], title, suite)
}

/** The same, but only on Redis. */
export function describeOnRedis(title: string, suite: (backend: QueueBackend) => void): void {
  describeOn(['redis'], title, suite)
}

function describeOn(backends: QueueBackend[], title: string, suite: (backend: QueueBackend) => void): void {
  const hasRedis = inject('services').redisUrl !== null
  for (const backend of backends.filter((each) => hasRedis || each !== 'redis')) {
    describe(`${title} [${backend}]`, () => {
      suite(backend)
    })
  }
}
