import type { Clock } from '@seer/core/basics/clock'
import { PermanentError } from '@seer/core/basics/errors'
import type { JobName } from '@seer/core/jobs/catalog'
import type { JobContract, QueueName } from '@seer/core/jobs/define-job'
import type { SchedulerTaskStore } from '@seer/core/jobs/scheduler-tasks'
import type { Job } from 'bullmq'
import type { Logger } from '../../observe/logger.ts'
import { messageOf } from '../backend/store-errors.ts'
import type { Fate, JobContext, JobHandler, JobHandlers } from '../handlers.ts'
import type { JobCatalog } from '../job-catalog.ts'
import { contractOf, parsePayload } from '../job-payload.ts'
import { describeEnding, describeError, endingOf, type JobEnding, levelOf } from './job-ending.ts'
import { runLimited } from './run-limited.ts'
import { settleJob } from './settle-job.ts'
import { showProgress } from './show-progress.ts'

type RecordedTasks = Pick<SchedulerTaskStore, 'recordStart' | 'recordFinish'>

export type RunnerDeps<C extends JobCatalog> = {
  queueName: QueueName
  catalog: C
  handlers: JobHandlers<C>
  tasks: RecordedTasks
  log: Logger
  now: Clock
  /** See run-limited.ts. */
  unwindMs: () => number
}

export type JobRunner = {
  /** Runs one job. BullMQ's processor passes on what this returns or throws. */
  run(job: Job, token: string | undefined, signal: AbortSignal | undefined): Promise<unknown>
  /** For BullMQ's event `failed`: a job that stalled too often fails without a run. */
  onFailed(job: Job | undefined, error: Error): Promise<void>
}

/** One run of one job. */
type Run = {
  job: Job
  contract: JobContract
  handler: { run: RunHandler; exhausted?: ExhaustedHook }
  payload: unknown
  context: Omit<JobContext, 'signal'>
  interrupt: AbortSignal
}
type RunHandler = (payload: unknown, context: JobContext) => Promise<unknown>
type ExhaustedHook = (payload: unknown, error: Error) => Promise<Fate | void>

/**
 * Runs the jobs of one queue. Only this code parses payloads, limits time, turns errors into retries and logs jobs: one
 * line `job.finished` for every run.
 */
export function createJobRunner<C extends JobCatalog>(deps: RunnerDeps<C>): JobRunner {
  const processed = new WeakSet<Job>()

  async function run(job: Job, token: string | undefined, signal?: AbortSignal): Promise<unknown> {
    processed.add(job)
    const startedAt = deps.now()
    const ending = await endJob(deps, job, signal ?? new AbortController().signal)
    logFinished(deps, job, { ending, startedAt, attempt: job.attemptsMade + 1 })
    return await settleJob(job, token, ending, deps)
  }

  async function onFailed(job: Job | undefined, error: Error): Promise<void> {
    if (!job || processed.has(job)) return
    const ending: JobEnding = {
      outcome: 'failed',
      error: new PermanentError('INTERNAL_ERROR', { detail: error.message }),
    }
    const run = prepare(deps, job, new AbortController().signal)
    if (!(run instanceof Error)) await callExhausted(deps, run, ending.error)
    logFinished(deps, job, { ending, startedAt: deps.now(), attempt: job.attemptsMade })
  }

  return { run, onFailed }
}

async function endJob<C extends JobCatalog>(deps: RunnerDeps<C>, job: Job, interrupt: AbortSignal): Promise<JobEnding> {
  const run = prepare(deps, job, interrupt)
  if (run instanceof Error) return { outcome: 'failed', error: run }
  const ending = await (run.contract.everyMs ? runRecorded(deps, run) : runOnce(deps, run))
  if (ending.outcome !== 'failed') return ending
  // The hook runs before BullMQ learns of the failure. A crash in between then repeats it; after, a crash could skip
  // it.
  const fate = await callExhausted(deps, run, ending.error)
  return fate === 'left_to_sweep' ? { outcome: fate, error: ending.error } : ending
}

/** @returns an error when the job is unknown or its payload does not fit, because no attempt can change that */
function prepare<C extends JobCatalog>(deps: RunnerDeps<C>, job: Job, interrupt: AbortSignal): Run | PermanentError {
  try {
    const contract = contractOf(deps.catalog, job.name)
    const handler = deps.handlers[job.name as keyof C & string] as JobHandler<unknown>
    const payload = parsePayload(contract, job.data)
    const context = {
      jobId: job.id ?? '',
      attempt: job.attemptsMade + 1,
      attemptsMax: job.opts.attempts ?? 1,
      progress: showProgress(job, deps.log),
      log: deps.log.child({ job: job.name, jobId: job.id, ...idsIn(job.data) }),
    }
    return { job, contract, handler: normalise(handler), payload, context, interrupt }
  } catch (error) {
    if (error instanceof PermanentError) return error
    throw error
  }
}

function normalise(handler: JobHandler<unknown>): Run['handler'] {
  return typeof handler === 'function' ? { run: handler } : handler
}

async function runOnce<C extends JobCatalog>({ unwindMs }: RunnerDeps<C>, run: Run): Promise<JobEnding> {
  const { contract, context, payload, interrupt } = run
  try {
    const limits = { timeoutMs: contract.timeoutMs, interrupt, unwindMs }
    const result = await runLimited(async (signal) => run.handler.run(payload, { ...context, signal }), limits)
    return { outcome: 'ok', result }
  } catch (error) {
    return endingOf(error, context.attempt, context.attemptsMax)
  }
}

/** Notes in the database when a repeatable task ran and how it went, for the scheduler's status page. */
async function runRecorded<C extends JobCatalog>(deps: RunnerDeps<C>, run: Run): Promise<JobEnding> {
  const name = run.contract.name as JobName
  const startedAt = deps.now()
  await record(run, () => deps.tasks.recordStart(name, startedAt))
  const ending = await runOnce(deps, run)
  if (ending.outcome !== 'ok' && ending.outcome !== 'failed') return ending
  const at = deps.now()
  const error = ending.outcome === 'failed' ? describeError(ending.error) : null
  const durationMs = at.getTime() - startedAt.getTime()
  await record(run, () => deps.tasks.recordFinish(name, { at, durationMs, error }))
  return ending
}

/** Never fails the task when its note cannot be written. */
async function record(run: Run, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    run.context.log.warn({ error: messageOf(error) }, 'scheduler.record_failed')
  }
}

async function callExhausted<C extends JobCatalog>({ unwindMs }: RunnerDeps<C>, run: Run, error: Error): Promise<Fate> {
  const { exhausted } = run.handler
  if (!exhausted) return 'dead_letter'
  try {
    const limits = { timeoutMs: run.contract.timeoutMs, interrupt: run.interrupt, unwindMs }
    return (await runLimited(() => exhausted(run.payload, error), limits)) ?? 'dead_letter'
  } catch (hookError) {
    run.context.log.error({ err: hookError }, 'job.exhausted_failed')
    return 'dead_letter'
  }
}

type Finished = { ending: JobEnding; startedAt: Date; attempt: number }

function logFinished<C extends JobCatalog>(deps: RunnerDeps<C>, job: Job, finished: Finished): void {
  const { ending, startedAt, attempt } = finished
  const fields = {
    job: job.name,
    jobId: job.id,
    queue: deps.queueName,
    ...idsIn(job.data),
    ...(ending.outcome === 'ok' ? idsIn(ending.result) : {}),
    attempt,
    attemptsMax: job.opts.attempts ?? 1,
    ...describeEnding(ending),
    waitedMs: waitedMs(job, startedAt),
    durationMs: deps.now().getTime() - startedAt.getTime(),
  }
  deps.log[levelOf(ending)](fields, 'job.finished')
}

/** Time from when the job was due until it ran. Undefined for later runs: BullMQ does not keep their due time. */
function waitedMs(job: Job, startedAt: Date): number | undefined {
  if (job.attemptsStarted > 1) return undefined
  return Math.max(0, startedAt.getTime() - job.timestamp - (job.opts.delay ?? 0))
}

/** The ids in a payload or result. They tell whom the log line is about. */
function idsIn(data: unknown): Record<string, string> {
  const entries = Object.entries((data ?? {}) as Record<string, unknown>)
  return Object.fromEntries(
    entries.filter(([key, value]) => key.endsWith('Id') && typeof value === 'string'),
  ) as Record<string, string>
}
