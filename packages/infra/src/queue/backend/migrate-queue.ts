import { DEFAULT_SCHEMA, runMigrations } from 'bullmq'
import pg from 'pg'

/**
 * Creates or updates the queue's tables in the schema `bullmq`, for installations without Redis. Safe to repeat, also
 * from several processes at once. Does no harm where Redis is used.
 *
 * @returns the version of BullMQ's schema that the database has now
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
