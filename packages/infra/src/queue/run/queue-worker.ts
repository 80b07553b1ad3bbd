import type { QueueName } from '@seer/core/jobs/define-job'
import type { Job, Worker } from 'bullmq'
import type { QueueBackend } from '../backend/queue-backend.ts'
import type { JobCatalog } from '../job-catalog.ts'
import { delayBeforeRetry } from './backoff.ts'
import { createJobRunner, type RunnerDeps } from './run-job.ts'

export type WorkerTiming = {
  /** A job goes to another worker when its lock was not renewed for this long. A lock is renewed at half the time. */
  lockMs: number
  checkStalledEveryMs: number
  /** How long an aborted handler may take to end by itself. */
  unwindMs: number
}

export type QueueWorkerStatus = {
  queue: QueueName
  running: boolean
  concurrency: number
  activeJobs: number
  /** When it last asked the store for work: at most about ten seconds ago, unless it is busy or the store is down. */
  lastCheckedAt: Date | null
  lastJobAt: Date | null
}

export type QueueWorker = {
  status(): QueueWorkerStatus
  /**
   * Tells the running handlers to stop. After `unwindMs` those still running are left behind and their jobs given back.
   */
  abortJobs(unwindMs: number): void
  /** Takes no more jobs and waits for the running ones, however long they take. */
  close(): Promise<void>
}

type Options<C extends JobCatalog> = {
  backend: QueueBackend
  runner: Omit<RunnerDeps<C>, 'unwindMs'>
  concurrency: number
  timing: WorkerTiming
}

/** Jobs are safe to repeat. A job is given up only if it takes its worker down again and again. */
const maxStalledCount = 3
/** Dead letters stay long enough to be replayed after a holiday. The age is in seconds, as BullMQ counts. */
const keepFailed = { age: 30 * 24 * 3_600, count: 10_000 }
/**
 * After a connection error on PostgreSQL. BullMQ's 15 s would leave jobs waiting after every restart of the database.
 */
const runRetryDelay = 1_000

/** Opens BullMQ's worker for one queue, with Seer's job runner inside. */
export function openQueueWorker<C extends JobCatalog>(options: Options<C>): QueueWorker {
  const { backend, runner, concurrency, timing } = options
  const { queueName, catalog, log, now } = runner
  let unwindMs = timing.unwindMs
  const { run, onFailed } = createJobRunner({ ...runner, unwindMs: () => unwindMs })
  const seen = { checkedAt: null as Date | null, jobAt: null as Date | null, activeJobs: 0 }
  // BullMQ passes the signal only to a function with three parameters.
  const process = async (job: Job, token?: string, signal?: AbortSignal) => {
    seen.activeJobs += 1
    try {
      return await run(job, token, signal)
    } finally {
      seen.activeJobs -= 1
    }
  }
  const worker = backend.openWorker(queueName, process, {
    concurrency,
    lockDuration: timing.lockMs,
    stalledInterval: timing.checkStalledEveryMs,
    maxStalledCount,
    runRetryDelay,
    removeOnComplete: backend.keepCompleted,
    removeOnFail: keepFailed,
    settings: {
      backoffStrategy: (attemptsMade, _type, error, job) => retryDelay(catalog, job?.name, attemptsMade, error),
    },
  })
  worker.on('active', () => {
    seen.jobAt = seen.checkedAt = now()
  })
  worker.on('failed', (job, error) => void onFailed(job, error))
  worker.on('stalled', (jobId) => log.warn({ queue: queueName, jobId }, 'job.stalled'))
  worker.on('lockRenewalFailed', (jobIds) => {
    for (const jobId of jobIds) worker.cancelJob(jobId, 'lock_lost')
  })
  watchChecks(worker, () => {
    seen.checkedAt = now()
  })
  void worker.run().catch((error) => log.error({ queue: queueName, err: error }, 'worker.died'))
  return {
    status: () => ({
      queue: queueName,
      running: worker.isRunning(),
      concurrency,
      activeJobs: seen.activeJobs,
      lastCheckedAt: seen.checkedAt,
      lastJobAt: seen.jobAt,
    }),
    abortJobs(shortest) {
      unwindMs = Math.min(unwindMs, shortest)
      worker.cancelAllJobs('shutdown')
    },
    close: () => worker.close(),
  }
}

function retryDelay(catalog: JobCatalog, name: string | undefined, attemptsMade: number, error?: Error): number {
  const policy = catalog[name ?? '']?.retry
  return policy ? delayBeforeRetry(policy, attemptsMade, error?.cause, Math.random()) : 0
}

/** BullMQ has no event for "asked for work and got none". */
function watchChecks(worker: Worker, onCheck: () => void): void {
  const backend = worker.getBackend()
  const moveToActive = backend.moveToActive.bind(backend)
  backend.moveToActive = (...args) => {
    onCheck()
    return moveToActive(...args)
  }
}
