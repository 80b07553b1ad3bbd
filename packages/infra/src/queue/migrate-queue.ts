import { DEFAULT_SCHEMA, runMigrations } from 'bullmq'
import pg from 'pg'

/**
 * Creates or updates the queue's tables in the schema `bullmq`, for the deployments that run without Redis. Safe to run
 * again, and from several processes at once. Harmless where Redis is used.
 *
 * @returns the version of BullMQ's schema that the database has now.
 */
export async function migrateQueue(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    return await runMigrations(client, DEFAULT_SCHEMA)
  } finally {
    await client.end()
  }
}
