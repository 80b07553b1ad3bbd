import {
  assertSchemaCompatibility,
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type PostgresQueueBackend,
  type Processor,
  type Queue,
  SchemaMigrationRequiredError,
  type Worker,
  withBackend,
} from 'bullmq'
import pg from 'pg'
import type { Logger } from '../../observe/logger.ts'
import { endsWithin, within } from '../../within.ts'
import { openPostgresHints } from './postgres-hints.ts'
import type { QueueBackend, WorkerSettings } from './queue-backend.ts'
import { asUnavailable, logStoreErrors, unavailable } from './store-errors.ts'

type PostgresBackendOptions = { databaseUrl: string; callTimeoutMs: number; log: Logger }

/** Each worker keeps one connection to listen on (three queues). The other connections serve queries. */
const connectionsAtMost = 12
/**
 * BullMQ would let an idle worker sleep for up to an hour, because PostgreSQL notifies it. A notification can get lost,
 * for instance in a pooler. So the worker looks every ten seconds, as on Redis, which costs one query.
 */
const longestSleepSeconds = 10
/**
 * In a failover a server may swallow a worker's query, and the worker would wait for ever. After this time it asks
 * again. No statement of BullMQ takes this long, because it waits for work without a statement.
 */
const answerTimeoutMs = 35_000

/** BullMQ on PostgreSQL: tables in the schema `bullmq` of Seer's database, one pool for all queues of the process. */
export function openPostgresBackend({ databaseUrl, callTimeoutMs, log }: PostgresBackendOptions): QueueBackend {
  const onError = logStoreErrors(log, 'postgres')
  const pool = openPool(databaseUrl, callTimeoutMs, onError)
  const { Queue, Worker } = withBackend(createPostgresBackend)
  const hints = openPostgresHints(pool, onError)
  let migrated = false

  async function ready(): Promise<void> {
    if (!migrated) await assertMigrated(pool)
    migrated = true
  }

  async function call<T>(work: () => Promise<T>): Promise<T> {
    const answer = async () => {
      await ready()
      return await work()
    }
    try {
      return await within(callTimeoutMs, answer(), () => unavailable('PostgreSQL did not answer in time.'))
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  return {
    kind: 'postgres',
    // No count: to keep one, BullMQ 6.7 reads all kept jobs whenever a job ends. With 5,000 that took 20 times as long.
    keepCompleted: { age: 900 },
    call,
    callAlone: (work) => call(() => withLock(pool, work)),
    ping: () => call(async () => void (await pool.query('SELECT 1'))),
    hints,
    openQueue(name) {
      const queue = new Queue(name, { connection: pool })
      askAgain(queue.getBackend(), ready)
      return (queue as unknown as Queue).on('error', onError)
    },
    openWorker(name: string, processor: Processor, settings: WorkerSettings) {
      const worker = new Worker(name, processor, { ...settings, connection: pool, autorun: false })
      askAgain(worker.getBackend(), ready)
      Object.defineProperty(worker.getBackend(), 'maximumBlockTimeout', { value: longestSleepSeconds })
      return (worker as unknown as Worker).on('error', onError)
    },
    async close() {
      hints.close()
      await endsWithin(callTimeoutMs, pool.end())
    },
  }
}

function openPool(databaseUrl: string, connectionTimeoutMillis: number, onError: (error: unknown) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connectionsAtMost,
    connectionTimeoutMillis,
    query_timeout: answerTimeoutMs,
    keepAlive: true,
    application_name: 'seer-queue',
    options: `-c search_path=${DEFAULT_SCHEMA}`,
  })
  // Each queue and each worker adds a listener to the pool.
  pool.setMaxListeners(0)
  pool.on('error', onError)
  // The pool stops listening to a connection that it closes. If that connection broke at this moment, the process would
  // end.
  pool.on('connect', (client) => client.on('error', onError))
  return pool
}

/** BullMQ checks once whether its tables exist. If the database is down at that moment, the check fails for ever. */
function askAgain(backend: PostgresQueueBackend, ready: () => Promise<void>): void {
  backend.waitUntilReady = ready
  backend.connection.waitUntilReady = ready
}

/** Any number that Seer uses for nothing else. This one spells "jobs" in ASCII. */
const lockKey = 0x6a6f6273

/** Without the lock, workers that start together each create the first tick of a schedule (seen with BullMQ 6.7). */
async function withLock<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    return await work()
  } finally {
    // Runs even if the lock was never granted. A connection that cannot release the lock is closed, and that releases
    // it.
    const released = await client.query('SELECT pg_advisory_unlock_all()').catch((error: Error) => error)
    client.release(released instanceof Error)
  }
}

async function assertMigrated(pool: pg.Pool): Promise<void> {
  try {
    await assertSchemaCompatibility(pool, DEFAULT_SCHEMA)
  } catch (error) {
    if (!(error instanceof SchemaMigrationRequiredError)) throw error
    throw unavailable('The tables of the queue are missing in the database; run `npm run migrate`.', error)
  }
}
