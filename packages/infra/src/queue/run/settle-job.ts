import type { Clock } from '@seer/core/basics/clock'
import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq'
import type { Logger } from '../../observe/logger.ts'
import { messageOf } from '../backend/store-errors.ts'
import { describeError, type JobEnding, printable } from './job-ending.ts'

/** Makes BullMQ try again. Keeps the error, because backoff.ts reads from it how long to wait. */
export class AttemptFailed extends Error {
  override name = 'AttemptFailed'
}

/**
 * Tells BullMQ what becomes of the job: a returned value completes it, a thrown error fails it. `DelayedError` and
 * `WaitingError` mean that the job has been moved already, or belongs to another worker now.
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

/**
 * A job that cannot be moved keeps its lock until it expires. Then it counts as stalled, and another worker takes it.
 */
async function move(job: Job, log: Logger, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log.warn({ job: job.name, jobId: job.id, error: messageOf(error) }, 'job.move_failed')
  }
}

/** BullMQ stores the message and the stack with the job, and Bull Board shows them. */
function asStored(error: Error, stored: Error): Error {
  stored.stack = storedText(error.stack ?? stored.message)
  return stored
}

const longestStored = 4_000

/** PostgreSQL refuses texts with NUL. A job whose failure cannot be stored would come back for ever. */
function storedText(text: string): string {
  return text.replaceAll('\0', '').slice(0, longestStored)
}
