import type { Clock } from '@seer/core/basics/clock'
import { type QueueName, queueNames } from '@seer/core/jobs/define-job'
import type { SchedulerTaskStore } from '@seer/core/jobs/scheduler-tasks'
import type { Logger } from '../../observe/logger.ts'
import { endsWithin } from '../../within.ts'
import type { JobHandlers } from '../handlers.ts'
import type { JobCatalog, SeerCatalog } from '../job-catalog.ts'
import type { SeerQueue } from '../open-queue.ts'
import { openQueueWorker, type QueueWorker, type QueueWorkerStatus, type WorkerTiming } from './queue-worker.ts'
import { keepSchedules, type Schedules } from './schedules.ts'

export type WorkersOptions<C extends JobCatalog = SeerCatalog> = {
  queue: SeerQueue<C>
  handlers: JobHandlers<C>
  /** Notes the runs of repeatable tasks. */
  tasks: Pick<SchedulerTaskStore, 'recordStart' | 'recordFinish'>
  log: Logger
  /** The queues to serve. Default: all. */
  queues?: readonly QueueName[]
  /** How many jobs run at a time, by queue. Default: `defaultConcurrency`. */
  concurrency?: Partial<Record<QueueName, number>>
  now?: Clock
  /** For tests. */
  timing?: Partial<WorkerTiming & { checkSchedulesEveryMs: number }>
}

export type WorkersStatus = {
  /** Whether all workers run. A worker whose store is down counts as running, because a restart would not help it. */
  alive: boolean
  queues: QueueWorkerStatus[]
}

export type Workers = {
  status(): WorkersStatus
  /**
   * Takes no more jobs and lets the running ones end. It aborts them shortly before the deadline and gives back the jobs
   * that did not end. Resolves by the deadline, whatever the handlers and the store do. A second call waits for the
   * first.
   */
  close(options: { deadlineMs: number }): Promise<void>
}

/**
 * A webhook job carries up to fifty events, so a few at a time keep PostgreSQL busy. Bots and calendars mostly wait for
 * the vendor, which limits writes but not the reads of calendars. Sweeps are few and heavy. Copies of recordings mostly
 * wait for the network. Deliveries wait for customers' receivers; a dead one keeps one job busy for at most 15 s at a time.
 */
export const defaultConcurrency: Record<QueueName, number> = {
  webhooks: 10,
  bots: 10,
  calendars: 25,
  scheduling: 5,
  recordings: 8,
  deliveries: 60,
  sweeps: 3,
}

/**
 * Other workers take over the jobs of a killed worker within `lockMs` and `checkStalledEveryMs`, no sooner. Until then
 * the key of such a job stays taken, so a sweep adds no second job. BullMQ renews a lock twice in its time.
 */
const defaultTiming: WorkerTiming & { checkSchedulesEveryMs: number } = {
  lockMs: 12_000,
  checkStalledEveryMs: 4_000,
  unwindMs: 1_000,
  checkSchedulesEveryMs: 5_000,
}

/** The last part of the deadline, at most half of it. In it, aborted handlers end and their jobs are given back. */
const handBackMs = 3_000

/**
 * Starts one worker per queue and keeps the repeatable jobs of those queues scheduled. While Redis is down, workers
 * wait. They use the connections of `queue`, so close `queue` after them.
 *
 * @throws RetryableError SERVICE_UNAVAILABLE on the PostgreSQL backend when it is down or its tables are missing
 */
export async function startWorkers<C extends JobCatalog = SeerCatalog>(options: WorkersOptions<C>): Promise<Workers> {
  const { queue, log, queues = queueNames, concurrency = {}, now = () => new Date() } = options
  const timing = { ...defaultTiming, ...options.timing }
  // Says once, at start, that a migration is missing. Otherwise every worker would say it every second.
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
  // The jobs left behind come back as stalled when their locks expire.
  if (!inTime) log.warn({ deadlineMs }, 'workers.left_jobs_behind')
}
