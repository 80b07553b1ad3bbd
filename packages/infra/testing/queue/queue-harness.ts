import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrateQueue } from '../../src/queue/backend/migrate-queue.ts'
import type { JobHandlers } from '../../src/queue/handlers.ts'
import { openQueue, type SeerQueue } from '../../src/queue/open-queue.ts'
import { startWorkers, type Workers, type WorkersOptions } from '../../src/queue/run/start-workers.ts'
import { createTestDatabase, createTestRedis, type QueueBackend } from '../services.ts'
import { type LogRecorder, recordLog } from './log-recorder.ts'
import { type TestJobs, testJobs } from './test-jobs.ts'

export type StoreAddress = { redisUrl: string | undefined; databaseUrl: string; prefix: string }

type StartOptions = Partial<Omit<WorkersOptions<TestJobs>, 'handlers' | 'log' | 'now'>>

/** A test's own queue in a store, its workers, and the lines that they log. */
export type QueueHarness = LogRecorder & {
  queue: SeerQueue<TestJobs>
  address: StoreAddress
  start(handlers: Partial<JobHandlers<TestJobs>>, options?: StartOptions): Promise<Workers>
  /** A queue with another connection or another catalog. */
  open(overrides?: { address?: Partial<StoreAddress>; catalog?: TestJobs; callTimeoutMs?: number }): SeerQueue<TestJobs>
  /** Empties the store, as after a disaster. */
  loseEverything(): Promise<void>
  close(): Promise<void>
}

export type Store = { openHarness(): Promise<QueueHarness>; remove(): Promise<void> }

/** Serves two of the three queues. The third has no workers, for tests that look at waiting jobs. */
const defaultStart = { queues: ['bots', 'webhooks'] as const, timing: { unwindMs: 30 } }
const noTasks = { recordStart: async () => {}, recordFinish: async () => {} }
const idle = async () => {}

/** A store for the tests of one file. */
export async function openStore(backend: QueueBackend): Promise<Store> {
  const corner = backend === 'redis' ? openRedisCorner() : await openDatabaseCorner()
  return {
    openHarness: async () => {
      await corner.loseEverything()
      return openHarness(corner.address(), corner.loseEverything)
    },
    remove: corner.remove,
  }
}

function openRedisCorner() {
  const redis = createTestRedis()
  if (!redis) throw new Error('There is no Redis.')
  const address = (): StoreAddress => ({
    redisUrl: redis.redisUrl,
    databaseUrl: '',
    prefix: `${redis.prefix}-${randomBytes(3).toString('hex')}`,
  })
  return { address, loseEverything: redis.clean, remove: redis.clean }
}

async function openDatabaseCorner() {
  const { databaseUrl, drop } = await createTestDatabase()
  await migrateQueue(databaseUrl)
  const address = (): StoreAddress => ({ redisUrl: undefined, databaseUrl, prefix: '' })
  return { address, loseEverything: () => emptyTables(databaseUrl), remove: drop }
}

async function emptyTables(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT format('bullmq.%I', tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename <> 'migration'",
    )
    // One table after the other, because a statement that locks all tables would deadlock with the running workers.
    for (const { name } of rows) await client.query(`DELETE FROM ${name}`)
  } finally {
    await client.end()
  }
}

function openHarness(address: StoreAddress, loseEverything: () => Promise<void>): QueueHarness {
  const recorder = recordLog()
  const closers: (() => Promise<void>)[] = []
  const open: QueueHarness['open'] = (overrides = {}) => {
    const { catalog = testJobs, callTimeoutMs } = overrides
    const options = { ...address, ...overrides.address, callTimeoutMs, catalog, log: recorder.log }
    const queue = openQueue<TestJobs>(options)
    closers.push(() => queue.close())
    return queue
  }
  const queue = open()
  return {
    ...recorder,
    queue,
    address,
    open,
    loseEverything,
    async start(handlers, options = {}) {
      const workers = await startWorkers<TestJobs>({
        queue,
        tasks: noTasks,
        log: recorder.log,
        ...defaultStart,
        ...options,
        timing: { ...defaultStart.timing, ...options.timing },
        handlers: { ...idleHandlers(), ...handlers },
      })
      closers.push(() => workers.close({ deadlineMs: 300 }))
      return workers
    },
    async close() {
      for (const close of closers.reverse()) await close()
    },
  }
}

function idleHandlers(): JobHandlers<TestJobs> {
  return Object.fromEntries(Object.keys(testJobs).map((name) => [name, idle])) as unknown as JobHandlers<TestJobs>
}
