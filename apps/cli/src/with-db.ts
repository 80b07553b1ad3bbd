import { type Database, openDb } from '@seer/infra/db/open-db'
import { createLogger } from '@seer/infra/observe/logger'
import { openQueue, type SeerQueue } from '@seer/infra/queue/open-queue'
import { readSettings } from './config.ts'

/** Runs one piece of work on the database that the environment names, and closes it. */
export async function withDb<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const { DATABASE_URL } = readSettings()
  // These commands never call the vendor, so any write rate will do.
  const db = openDb({ databaseUrl: DATABASE_URL, poolSize: 2, writesPerSecond: 1, onError: () => {} })
  try {
    return await work(db)
  } finally {
    await db.close()
  }
}

/** The same with the queue. */
export async function withQueue<T>(work: (db: Database, queue: SeerQueue) => Promise<T>): Promise<T> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, REDIS_PREFIX: prefix } = readSettings()
  return withDb(async (db) => {
    const log = createLogger({ level: 'error', name: 'cli' })
    let isTold = false
    const onLeftToSweep = () => {
      if (!isTold) console.warn('The queue is down. Within two minutes after it is back, the work is started.')
      isTold = true
    }
    const queue = openQueue({ redisUrl, prefix, databaseUrl, log, onLeftToSweep })
    try {
      return await work(db, queue)
    } finally {
      await queue.close()
    }
  })
}
