import { fileURLToPath } from 'node:url'
import { createApiKey } from '@seer/core/callers/api-keys'
import { migrate } from '@seer/infra/db/migrate'
import { openDb } from '@seer/infra/db/open-db'
import { newId } from '@seer/infra/ids'
import { migrateQueue } from '@seer/infra/queue/migrate-queue'
import { Redis } from 'ioredis'
import pg from 'pg'
import { databaseUrlOf } from '../packages/infra/src/db/database-url.ts'
import { obtainPostgres, obtainRedis } from '../scripts/local/test-servers.ts'

export type BenchEnvironment = {
  databaseUrl: string
  /** Null when the machine has no Redis; the queue then runs on PostgreSQL. */
  redisUrl: string | null
  origins: string
  apiKey: string
  userId: string
  close(): Promise<void>
}

/** A Redis database that nobody else uses by default; it must be empty, and is emptied afterwards. */
const redisDatabase = 11

/** A migrated database of its own, an empty Redis database and an API key. */
export async function openEnvironment(): Promise<BenchEnvironment> {
  const postgres = await obtainPostgres()
  const redis = await obtainRedis()
  const name = `seer_bench_${process.pid}`
  await administer(postgres.url, `CREATE DATABASE ${name}`)
  const databaseUrl = databaseUrlOf(postgres.url, name)
  await migrate({ databaseUrl })
  const redisUrl = redis ? `${redis.url.replace(/\/\d*$/, '')}/${redisDatabase}` : null
  if (redisUrl) await requireEmptyRedis(redisUrl)
  else await migrateQueue(databaseUrl)
  const { key, userId } = await makeKey(databaseUrl)
  return {
    databaseUrl,
    redisUrl,
    origins: `PostgreSQL: ${postgres.origin}; queue: ${redis ? `Redis, ${redis.origin}` : 'PostgreSQL'}`,
    apiKey: key,
    userId,
    close: async () => {
      if (redisUrl) await emptyRedis(redisUrl)
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

/** Runs one query on a database and gives its rows. */
export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
    .query<Row>(text)
    .then(({ rows }) => rows)
    .finally(() => client.end())
}

async function requireEmptyRedis(url: string): Promise<void> {
  const redis = new Redis(url)
  const keys = await redis.dbsize().finally(() => redis.disconnect())
  if (keys > 0) throw new Error(`Redis database ${redisDatabase} holds ${keys} keys; the benchmarks need it empty.`)
}

async function emptyRedis(url: string): Promise<void> {
  const redis = new Redis(url)
  await redis.flushdb().finally(() => redis.disconnect())
}

/** The built program of an app; `npm run bench` builds first. */
export function builtApp(app: string): string {
  return fileURLToPath(new URL(`../apps/${app}/dist/main.js`, import.meta.url))
}
