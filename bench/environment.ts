import { fileURLToPath } from 'node:url'
import { createApiKey } from '@seer/core/people/api-keys'
import { migrate } from '@seer/infra/db/migrate/migrate'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { migrateQueue } from '@seer/infra/queue/backend/migrate-queue'
import { Redis } from 'ioredis'
import pg from 'pg'
import { databaseUrlOf } from '../packages/infra/src/db/database-url.ts'
import { obtainPostgres, obtainRedis } from '../scripts/local/test-servers.ts'

export type BenchEnvironment = {
  databaseUrl: string
  /** Null when the machine has no Redis; then the queue runs on PostgreSQL. */
  redisUrl: string | null
  /** The first part of all keys in Redis. */
  redisPrefix: string
  origins: string
  apiKey: string
  userId: string
  close(): Promise<void>
}

/** Opens a migrated database, a prefix of its own in Redis, and an API key. `postgres`: without Redis. */
export async function openEnvironment(queue: 'redis' | 'postgres' = 'redis'): Promise<BenchEnvironment> {
  const postgres = await obtainPostgres()
  const redis = queue === 'redis' ? await obtainRedis() : null
  const name = `seer_bench_${process.pid}`
  await administer(postgres.url, `CREATE DATABASE ${name}`)
  const databaseUrl = databaseUrlOf(postgres.url, name)
  await migrate({ databaseUrl })
  const redisUrl = redis?.url ?? null
  if (!redisUrl) await migrateQueue(databaseUrl)
  const { key, userId } = await makeKey(databaseUrl)
  return {
    databaseUrl,
    redisUrl,
    redisPrefix: name,
    origins: `PostgreSQL: ${postgres.origin}; queue: ${redis ? `Redis, ${redis.origin}` : 'PostgreSQL'}`,
    apiKey: key,
    userId,
    close: async () => {
      if (redisUrl) await removeKeys(redisUrl, `${name}*`)
      await administer(postgres.url, `DROP DATABASE ${name} WITH (FORCE)`)
      await redis?.stop()
      await postgres.stop()
    },
  }
}

async function makeKey(databaseUrl: string): Promise<{ key: string; userId: string }> {
  const db = openDb({ databaseUrl, poolSize: 4, writesPerSecond: 1_000, onError: () => {} })
  try {
    const order = { userName: 'bench', label: null, scopes: ['admin' as const], expiresAt: null }
    const { key } = await createApiKey({ keys: db.apiKeys, newId }, order)
    const { rows } = await db.pool.query<{ id: string }>(`SELECT id FROM users WHERE name = 'bench'`)
    return { key, userId: rows[0]?.id as string }
  } finally {
    await db.close()
  }
}

export async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** Runs one query on a database and returns its rows. */
export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
    .query<Row>(text)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

/** Removes the keys of Redis that fit a pattern. */
export async function removeKeys(url: string, pattern: string): Promise<void> {
  const redis = new Redis(url)
  try {
    for await (const keys of redis.scanStream({ match: pattern, count: 1_000 }) as AsyncIterable<string[]>) {
      if (keys.length > 0) await redis.unlink(...keys)
    }
  } finally {
    redis.disconnect()
  }
}

/** The built program of an app. `npm run bench` builds first. */
export function builtApp(app: string): string {
  return fileURLToPath(new URL(`../apps/${app}/dist/main.js`, import.meta.url))
}
