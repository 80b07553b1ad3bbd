import type { Clock } from '@seer/core/basics/clock'
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq'
import type { Logger } from '../observe/logger.ts'
import { describeError, type JobEnding, printable } from './job-ending.ts'
import { messageOf } from './store-errors.ts'

/** Makes BullMQ try again, and remembers the error from which backoff.ts learns how long to wait. */
export class AttemptFailed extends Error {
  override name = 'AttemptFailed'
}

/**
 * Tells BullMQ what becomes of the job: by the value that is returned (completed) or by the error that is thrown.
 * `DelayedError` and `WaitingError` mean that the job has been moved already, or is another worker's by now.
 */
export async function settleJob(
  job: Job,
  token: string | undefined,
  ending: JobEnding,
  { now, log }: { now: Clock; log: Logger },
): Promise<unknown> {
  switch (ending.outcome) {
    case 'ok':
      return printable(ending.result)
    case 'left_to_sweep':
      return storedText(`Left to the sweep: ${describeError(ending.error)}`)
    case 'postponed':
      await move(job, log, () => job.moveToDelayed(now().getTime() + ending.error.delayMs, token))
      throw new DelayedError()
    case 'handed_back':
      await move(job, log, () => job.moveToWait(token))
      throw new WaitingError()
    case 'lock_lost':
      throw new DelayedError()
    case 'retried':
      throw asStored(ending.error, new AttemptFailed(storedText(describeError(ending.error)), { cause: ending.error }))
    case 'failed':
      throw asStored(ending.error, new UnrecoverableError(storedText(describeError(ending.error))))
  }
}

/** A job that cannot be moved keeps its lock until that expires; then it counts as stalled and another worker takes it. */
async function move(job: Job, log: Logger, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.warn({ job: job.name, jobId: job.id, error: messageOf(error) }, 'job.move_failed')
  }
}

/** BullMQ keeps the message and the stack with the job, where Bull Board shows them. */
function asStored(error: Error, stored: Error): Error {
  stored.stack = storedText(error.stack ?? stored.message)
  return stored
}

const longestStored = 4_000

/** PostgreSQL refuses texts with NUL; a job whose failure cannot be stored would come back for ever. */
function storedText(text: string): string {
  return text.replaceAll('\0', '').slice(0, longestStored)
}
