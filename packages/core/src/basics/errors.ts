/**
 * The errors of Seer. Each has a stable code from `errorCodes` and says whether trying again can help. Everything else
 * that is thrown is a bug: it is retried and logged as an error.
 */
import type { ErrorCode } from './error-codes.ts'

type Facts = {
  /** One sentence that a person can act on. It never holds a secret or a raw body of the vendor's. */
  detail?: string
  /** HTTP status of the vendor's answer, if there was one. */
  upstreamStatus?: number
  /** The vendor's own error code, if it sent one. */
  upstreamCode?: string
  cause?: unknown
}

/** Base of the errors that carry a code. It is never thrown itself. */
export class SeerError extends Error {
  readonly code: ErrorCode
  readonly upstreamStatus: number | undefined
  readonly upstreamCode: string | undefined

  constructor(code: ErrorCode, facts: Facts = {}) {
    super(facts.detail ?? code, { cause: facts.cause })
    this.name = new.target.name
    this.code = code
    this.upstreamStatus = facts.upstreamStatus
    this.upstreamCode = facts.upstreamCode
  }
}

/** Trying again cannot help: the request itself is wrong, or the state forbids it. */
export class PermanentError extends SeerError {}

/** Trying again later can help. */
export class RetryableError extends SeerError {
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** True when no answer came, so the request may have been carried out. */
  readonly outcomeUnknown: boolean

  constructor(code: ErrorCode, facts: Facts & { retryAfterMs?: number; outcomeUnknown?: boolean } = {}) {
    super(code, facts)
    this.retryAfterMs = facts.retryAfterMs
    this.outcomeUnknown = facts.outcomeUnknown ?? false
  }
}

/** The job must run later, because of a limit or a lease. The runner does not count this as an attempt. */
export class PostponedError extends SeerError {
  /** Whole milliseconds: the queue takes no fractions. */
  readonly delayMs: number

  constructor(code: ErrorCode, facts: Facts & { delayMs: number }) {
    super(code, facts)
    this.delayMs = Math.ceil(facts.delayMs)
  }
}

/** Whether the database or the queue was down. Then the error says nothing about the request itself. */
export function isUnavailable(error: unknown): error is RetryableError {
  return error instanceof RetryableError && error.code === 'SERVICE_UNAVAILABLE'
}
