import { jobCatalog } from '@seer/core/jobs/catalog'
import { type QueueName, queueNames } from '@seer/core/jobs/define-job'
import type { EnqueueManyOptions, EnqueueOptions } from '@seer/core/jobs/job-queue'
import { type Urgency, urgency as urgencies } from '@seer/core/jobs/urgency'
import type { JobType, Queue } from 'bullmq'
import { groupCommit } from '../group-commit.ts'
import type { Logger } from '../observe/logger.ts'
import { endsWithin } from '../within.ts'
import { openPostgresBackend } from './backend/postgres-backend.ts'
import { defaultCallTimeoutMs, type QueueBackend } from './backend/queue-backend.ts'
import { openRedisBackend } from './backend/redis-backend.ts'
import { addJobs, type NewJob } from './draw-forward.ts'
import { type FeedHint, openFeedHint } from './feed-hint.ts'
import type { JobCatalog, JobNameOf, JobOf, PayloadOf, SeerCatalog } from './job-catalog.ts'
import { jobOptions } from './job-options.ts'
import { contractOf, parsePayload } from './job-payload.ts'

export type QueueOptions<C extends JobCatalog = SeerCatalog> = {
  /** Set: Redis, the production backend. Not set: BullMQ's PostgreSQL backend on the same database. */
  redisUrl: string | undefined
  databaseUrl: string
  /** The first part of all keys in Redis. PostgreSQL has a schema instead. */
  prefix?: string
  log: Logger
  /** How long a call may take when the store does not answer. Default 2,000. */
  callTimeoutMs?: number
  /** Called with the jobs that `wake` could not enqueue. Default: one line in the log. */
  onLeftToSweep?: (jobs: readonly { name: string; payload: unknown }[], error: unknown) => void
  /** Replaces core's catalog: with other periods, or with the jobs of a test. */
  catalog?: C
}

/** Bull Board needs these: give each to a `BullMQAdapter`. */
export type BoardQueue = Queue

export type QueueCounts = {
  queue: QueueName
  waiting: number
  active: number
  delayed: number
  completed: number
  /** Dead letters: jobs that failed for good. */
  failed: number
}

/** The queue in one process; it is core's `JobQueue`, too. No call hangs when the store is down. */
export type SeerQueue<C extends JobCatalog = SeerCatalog> = {
  enqueue<Name extends JobNameOf<C>>(name: Name, payload: PayloadOf<C, Name>, options?: EnqueueOptions): Promise<void>
  enqueueMany<Name extends JobNameOf<C>>(
    name: Name,
    payloads: PayloadOf<C, Name>[],
    options?: EnqueueManyOptions<PayloadOf<C, Name>>,
  ): Promise<void>
  /** Never throws. Jobs that cannot be enqueued are logged once, by name and ids, and left to the sweep. */
  wake(jobs: readonly JobOf<C>[]): Promise<void>
  /** @throws RetryableError SERVICE_UNAVAILABLE when the store does not answer within `callTimeoutMs` */
  ping(): Promise<void>
  /** Number of jobs by queue and state. Throws what `ping` throws. */
  counts(): Promise<QueueCounts[]>
  /**
   * When this job runs next by its schedule; null before a worker has ever served its queue. Throws what `ping` throws.
   */
  nextRun(name: JobNameOf<C>): Promise<Date | null>
  boardQueues(): BoardQueue[]
  readonly feedHint: FeedHint
  /** Close the workers first. */
  close(): Promise<void>
  readonly catalog: C
  /** For start-workers.ts. */
  readonly backend: QueueBackend
  /** For start-workers.ts. */
  bullQueue(name: QueueName): Queue
}

/** How many jobs one addBulk adds. Redis does one thing at a time, so more would hold it up for long. */
const bulkSize = 500

/** Opens the queue and connects in the background. Only here Seer chooses between Redis and PostgreSQL. */
export function openQueue<C extends JobCatalog = SeerCatalog>(options: QueueOptions<C>): SeerQueue<C> {
  const { redisUrl, databaseUrl, log, prefix = 'seer', callTimeoutMs = defaultCallTimeoutMs } = options
  const catalog = (options.catalog ?? jobCatalog) as C
  const onLeftToSweep = options.onLeftToSweep ?? logLeftToSweep(log)
  const backend = redisUrl
    ? openRedisBackend({ redisUrl, prefix, callTimeoutMs, log })
    : openPostgresBackend({ databaseUrl, callTimeoutMs, log })
  const queues = keepQueues(backend, callTimeoutMs)
  const adders = mapQueueNames((name) => gatherJobs((jobs) => queues.call(name, (queue) => addJobs(queue, jobs))))

  async function nextRun(name: JobNameOf<C>): Promise<Date | null> {
    const scheduler = await backend.call(() => queues.get(contractOf(catalog, name).queue).getJobScheduler(name))
    return scheduler?.next ? new Date(scheduler.next) : null
  }

  async function enqueue(name: JobNameOf<C>, payload: unknown, options: EnqueueOptions = {}): Promise<void> {
    const contract = contractOf(catalog, name)
    const data = parsePayload(contract, payload)
    await adders[contract.queue]({ name, data, opts: jobOptions(contract, data, options), drawsForward: true })
  }

  return {
    enqueue,
    async wake(jobs) {
      const ends = await Promise.allSettled(jobs.map(({ name, payload, ...wishes }) => enqueue(name, payload, wishes)))
      const lost = ends.find((end) => end.status === 'rejected')
      if (lost)
        onLeftToSweep(
          jobs.filter((_, i) => ends[i]?.status === 'rejected'),
          lost.reason,
        )
    },
    async enqueueMany(name, payloads, { urgency } = {}) {
      const contract = contractOf(catalog, name)
      const jobs = payloads.map((payload, index): NewJob => {
        const data = parsePayload(contract, payload)
        const its = typeof urgency === 'function' ? urgency(payload, index) : urgency
        return { name, data, opts: jobOptions(contract, data, { urgency: its }), drawsForward: isAwaited(its) }
      })
      for (let i = 0; i < jobs.length; i += bulkSize) {
        await queues.call(contract.queue, (queue) => addJobs(queue, jobs.slice(i, i + bulkSize)))
      }
    },
    ping: () => backend.ping(),
    counts: () => Promise.all(queueNames.map((name) => queues.call(name, (queue) => countJobs(name, queue)))),
    nextRun,
    boardQueues: () => queueNames.map((name) => queues.get(name)),
    feedHint: openFeedHint(backend),
    async close() {
      await queues.close()
      await backend.close()
    },
    catalog,
    backend,
    bullQueue: (name) => queues.get(name),
  }
}

function logLeftToSweep(log: Logger): NonNullable<QueueOptions['onLeftToSweep']> {
  return (jobs, error) => {
    const which = jobs.map(({ name, payload }) => ({ ...(payload as object), job: name }))
    log.warn({ err: error, jobs: which }, 'queue.enqueue_failed')
  }
}

/** Whether somebody waits for the job. A sweep enqueues thousands, and none of them looks for a job to draw forward. */
const isAwaited = (urgency: Urgency | undefined) => urgency !== undefined && urgency <= urgencies.now

/** Jobs that several requests enqueue at the same moment share a round trip. */
function gatherJobs(add: (jobs: NewJob[]) => Promise<void>): (job: NewJob) => Promise<void> {
  return groupCommit({
    write: async (jobs: NewJob[]) => {
      await add(jobs)
      return jobs.map(() => undefined)
    },
    batchSize: bulkSize,
    parallel: 2,
    // Only the store can fail, and then it fails for every job.
    isFatal: () => true,
  })
}

function mapQueueNames<T>(make: (name: QueueName) => T): Record<QueueName, T> {
  return Object.fromEntries(queueNames.map((name) => [name, make(name)])) as Record<QueueName, T>
}

/**
 * The states of waiting jobs: without urgency, with urgency, and in a paused queue. Jobs of a paused queue count as
 * `waiting` on Redis and as `paused` on PostgreSQL; BullMQ's types lack `paused`.
 */
const waitingStates = ['waiting', 'prioritized', 'paused'] as JobType[]
const otherStates = ['active', 'delayed', 'completed', 'failed'] as const

async function countJobs(name: QueueName, queue: Queue): Promise<QueueCounts> {
  const counts = await queue.getJobCounts(...waitingStates, ...otherStates)
  const count = (state: string) => counts[state] ?? 0
  return {
    queue: name,
    waiting: waitingStates.reduce((sum, state) => sum + count(state), 0),
    active: count('active'),
    delayed: count('delayed'),
    completed: count('completed'),
    failed: count('failed'),
  }
}

/** BullMQ's queue objects. Each is made when it is first needed. */
function keepQueues(backend: QueueBackend, closeTimeoutMs: number) {
  const queues = new Map<QueueName, Queue>()
  function get(name: QueueName): Queue {
    const queue = queues.get(name) ?? backend.openQueue(name)
    queues.set(name, queue)
    return queue
  }
  return {
    get,
    call: <T>(name: QueueName, work: (queue: Queue) => Promise<T>) => backend.call(() => work(get(name))),
    close: async () => {
      const closing = [...queues.values()].map((queue) => queue.close())
      await endsWithin(closeTimeoutMs, Promise.allSettled(closing))
    },
  }
}
