import type { Clock } from '@seer/core/basics/clock'
import { type QueueName, queueNames } from '@seer/core/jobs/define-job'
import type { SchedulerTaskStore } from '@seer/core/jobs/scheduler-tasks'
import type { Logger } from '../observe/logger.ts'
import type { JobHandlers } from './handlers.ts'
import type { JobCatalog, SeerCatalog } from './job-catalog.ts'
import type { SeerQueue } from './open-queue.ts'
import { openQueueWorker, type QueueWorker, type QueueWorkerStatus, type WorkerTiming } from './queue-worker.ts'
import { keepSchedules, type Schedules } from './schedules.ts'
import { endsWithin } from './within.ts'

export type WorkersOptions<C extends JobCatalog = SeerCatalog> = {
  queue: SeerQueue<C>
  handlers: JobHandlers<C>
  /** Where runs of repeatable tasks are noted. */
  tasks: Pick<SchedulerTaskStore, 'recordStart' | 'recordFinish'>
  log: Logger
  /** Which queues to serve; all by default. */
  queues?: readonly QueueName[]
  /** Jobs at a time by queue; `defaultConcurrency` where not given. */
  concurrency?: Partial<Record<QueueName, number>>
  now?: Clock
  /** For tests. */
  timing?: Partial<WorkerTiming & { checkSchedulesEveryMs: number }>
}

export type WorkersStatus = {
  /** All workers run. A worker whose store is down counts as running: a restart would not help it. */
  alive: boolean
  queues: QueueWorkerStatus[]
}

export type Workers = {
  status(): WorkersStatus
  /**
   * Takes no more jobs, lets running ones end, aborts them shortly before the deadline, and gives back what did not end.
   * Resolves by the deadline at the latest, whatever the handlers and the store do. A second call waits for the first.
   */
  close(options: { deadlineMs: number }): Promise<void>
}

/**
 * Jobs of webhooks carry up to fifty events each, so that few at a time fill PostgreSQL. Bots and calendars wait for the
 * vendor, calendars for reads, of which it takes any number; sweeps are few and heavy.
 */
export const defaultConcurrency: Record<QueueName, number> = {
  webhooks: 10,
  bots: 10,
  calendars: 25,
  scheduling: 5,
  sweeps: 3,
}

/**
 * A killed worker's jobs are taken over within `lockMs` and `checkStalledEveryMs`, no sooner: until then the key of such a
 * job is taken, so a sweep adds none beside it. BullMQ renews locks twice in their time.
 */
const defaultTiming: WorkerTiming & { checkSchedulesEveryMs: number } = {
  lockMs: 12_000,
  checkStalledEveryMs: 4_000,
  unwindMs: 1_000,
  checkSchedulesEveryMs: 5_000,
}

/** The last part of the deadline, at most half of it, is for aborted handlers and for giving their jobs back. */
const handBackMs = 3_000

/**
 * Starts one worker per queue and keeps the repeatable jobs of those queues scheduled. Workers wait for a Redis that is
 * down; their connections are those of `queue`, which must be closed after them.
 *
 * @throws RetryableError SERVICE_UNAVAILABLE on the PostgreSQL backend when it is down or its tables are missing.
 */
export async function startWorkers<C extends JobCatalog = SeerCatalog>(options: WorkersOptions<C>): Promise<Workers> {
  const { queue, log, queues = queueNames, concurrency = {}, now = () => new Date() } = options
  const timing = { ...defaultTiming, ...options.timing }
  // A missing migration is better said now, once, than by every worker once a second.
  if (queue.backend.kind === 'postgres') await queue.ping()
  const { handlers, tasks } = options
  const workers = queues.map((name) =>
    openQueueWorker({
      backend: queue.backend,
      runner: { queueName: name, catalog: queue.catalog, handlers, tasks, log, now },
      concurrency: concurrency[name] ?? defaultConcurrency[name],
      timing,
    }),
  )
  const schedules = keepSchedules({
    backend: queue.backend,
    queues: queues.map((name) => ({ queue: queue.bullQueue(name), contracts: repeatableJobsOf(queue.catalog, name) })),
    checkEveryMs: timing.checkSchedulesEveryMs,
    log,
  })
  let closing: Promise<void> | undefined
  return {
    status: () => statusOf(workers),
    close({ deadlineMs }) {
      closing ??= closeWorkers({ workers, schedules, log, deadlineMs })
      return closing
    },
  }
}

function repeatableJobsOf(catalog: JobCatalog, queueName: QueueName) {
  return Object.values(catalog).filter((contract) => contract.queue === queueName && contract.everyMs !== undefined)
}

function statusOf(workers: QueueWorker[]): WorkersStatus {
  const queues = workers.map((worker) => worker.status())
  return { alive: queues.every((queue) => queue.running), queues }
}

type Closing = {
  workers: QueueWorker[]
  schedules: Schedules
  log: Logger
  deadlineMs: number
}

async function closeWorkers({ workers, schedules, log, deadlineMs }: Closing): Promise<void> {
  const closed = Promise.allSettled([schedules.stop(), ...workers.map((worker) => worker.close())])
  const lastPartMs = Math.min(handBackMs, deadlineMs / 2)
  const aborting = setTimeout(() => {
    for (const worker of workers) worker.abortJobs(lastPartMs / 2)
  }, deadlineMs - lastPartMs)
  const inTime = await endsWithin(deadlineMs, closed)
  clearTimeout(aborting)
  // What is left behind here comes back as stalled once its lock expires.
  if (!inTime) log.warn({ deadlineMs }, 'workers.left_jobs_behind')
}
