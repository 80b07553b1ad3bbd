import { PermanentError, PostponedError, RetryableError, SeerError } from '@seer/core/basics/errors'
import { messageOf } from '../backend/store-errors.ts'
import { JobInterrupted } from './run-limited.ts'

/** How one run of a job ended, which decides what becomes of the job. */
export type JobEnding =
  | { outcome: 'ok'; result: unknown }
  /** Runs later, and no attempt is counted. */
  | { outcome: 'postponed'; error: PostponedError }
  /** A worker that shuts down gave it back to the queue, and no attempt is counted. */
  | { outcome: 'handed_back' }
  /** Another worker has the job, so nothing of this run counts. */
  | { outcome: 'lock_lost'; error: Error }
  /** Failed and will be tried again. */
  | { outcome: 'retried'; error: Error }
  /** Failed at its last attempt. Its row still owes the work, so a sweep starts a new job. No dead letter. */
  | { outcome: 'left_to_sweep'; error: Error }
  /** Failed for good and is a dead letter. */
  | { outcome: 'failed'; error: Error }

/** Decides from an error what becomes of the job. `attempt` counts from 1. */
export function endingOf(thrown: unknown, attempt: number, attemptsMax: number): JobEnding {
  const error = thrown instanceof Error ? thrown : new Error(`Thrown: ${String(thrown)}`)
  if (error instanceof JobInterrupted) {
    return error.why === 'shutdown' ? { outcome: 'handed_back' } : { outcome: 'lock_lost', error }
  }
  if (error instanceof PostponedError) return { outcome: 'postponed', error }
  if (error instanceof PermanentError || attempt >= attemptsMax) return { outcome: 'failed', error }
  return { outcome: 'retried', error }
}

/** A retry after a foreseen error is a warning. A bug or a dead letter needs a person, so it is an error. */
export function levelOf(ending: JobEnding): 'info' | 'warn' | 'error' {
  if (ending.outcome === 'failed') return 'error'
  if (ending.outcome === 'retried') return ending.error instanceof RetryableError ? 'warn' : 'error'
  return ending.outcome === 'lock_lost' || ending.outcome === 'left_to_sweep' ? 'warn' : 'info'
}

/** Fields for the log line. Only an unforeseen error brings its stack. A long result is left out; the job keeps it. */
export function describeEnding(ending: JobEnding): Record<string, unknown> {
  if (ending.outcome === 'ok') return { outcome: 'ok', ...resultField(ending.result) }
  if (ending.outcome === 'handed_back') return { outcome: ending.outcome }
  const { outcome, error } = ending
  if (!(error instanceof SeerError)) return { outcome, errorCode: 'INTERNAL_ERROR', err: error }
  const { code, upstreamStatus, upstreamCode } = error
  return { outcome, errorCode: code, error: error.message, upstreamStatus, upstreamCode }
}

/** One line for people: the code, if there is one, and the sentence. */
export function describeError(error: Error): string {
  return error instanceof SeerError ? `${error.code}: ${error.message}` : messageOf(error)
}

/** A handler's result if it fits into a log line: a text, a number, a boolean, or a flat object of these. */
export function printable(result: unknown): unknown {
  if (isPlain(result)) return result
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined
  return Object.values(result).every(isPlain) ? result : undefined
}

/** The largest logged result. One field for each of fifty webhooks would make a line of 2,000 characters. */
const loggedFields = 10

function resultField(result: unknown): { result?: unknown } {
  const value = printable(result)
  const isShort = typeof value !== 'object' || value === null || Object.keys(value).length <= loggedFields
  return value === undefined || !isShort ? {} : { result: value }
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null
}
