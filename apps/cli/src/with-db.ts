import { type Database, openDb } from '@seer/infra/db/open-db'
import { readSettings } from './config.ts'

/** Runs one piece of work on the database that the environment names, and closes it. */
export async function withDb<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const { DATABASE_URL } = readSettings(process.env)
  // The CLI never calls the vendor, so its write rate is of no matter here.
  const db = openDb({ databaseUrl: DATABASE_URL, poolSize: 2, writesPerSecond: 1, onError: () => {} })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}
