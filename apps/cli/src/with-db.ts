import type { Database } from '@seer/infra/db/open-db'
import { createLogger } from '@seer/infra/observe/logger'
import { openStores, type StoreOptions } from '@seer/infra/open-stores'
import type { SeerQueue } from '@seer/infra/queue/open-queue'
import { readSettings } from './config.ts'

/** Commands need few connections. */
const poolSize = 4

/** Opens the database that the environment names, runs some work on it, and closes it. */
export async function withDb<T>(work: (db: Database) => Promise<T>): Promise<T> {
  return await withStores({}, ({ db }) => work(db))
}

/** The same, with the queue as well. */
export async function withQueue<T>(work: (db: Database, queue: SeerQueue) => Promise<T>): Promise<T> {
  let isTold = false
  const onLeftToSweep = () => {
    if (!isTold) console.warn('The queue is down. Within two minutes after it is back, the work is started.')
    isTold = true
  }
  return await withStores({ onLeftToSweep }, ({ db, queue }) => work(db, queue))
}

type Opened = Pick<ReturnType<typeof openStores>, 'db' | 'queue'>

async function withStores<T>(options: Omit<StoreOptions, 'log'>, work: (stores: Opened) => Promise<T>): Promise<T> {
  const log = createLogger({ level: 'error', name: 'cli' })
  const { close, ...stores } = openStores({ ...readSettings(), DATABASE_POOL_SIZE: poolSize }, { log, ...options })
  try {
    return await work(stores)
  } finally {
    await close()
  }
}
