/**
 * Errors of Seer. Each carries a stable code from `errorCodes` and says whether trying again can help.
 * Everything else that is thrown is a bug: it is retried and logged as an error.
 */
import type { ErrorCode } from './error-codes.ts'

type Facts = {
  /** One sentence a person can act on. Never holds a secret or a raw vendor body. */
  detail?: string
  /** HTTP status of the vendor's answer, where there was one. */
  upstreamStatus?: number
  /** The vendor's own error code, where it sent one. */
  upstreamCode?: string
  cause?: unknown
}

/** Base of the errors that carry a code. Not thrown itself. */
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
  /** True when the request may have been carried out although no answer came. */
  readonly outcomeUnknown: boolean

  constructor(code: ErrorCode, facts: Facts & { retryAfterMs?: number; outcomeUnknown?: boolean } = {}) {
    super(code, facts)
    this.retryAfterMs = facts.retryAfterMs
    this.outcomeUnknown = facts.outcomeUnknown ?? false
  }
}

/** The job must run later through no fault of its own (a limit, a lease); the runner does not count it as an attempt. */
export class PostponedError extends SeerError {
  /** Whole milliseconds: the queue takes no fractions. */
  readonly delayMs: number

  constructor(code: ErrorCode, facts: Facts & { delayMs: number }) {
    super(code, facts)
    this.delayMs = Math.ceil(facts.delayMs)
  }
}

/** Whether the database or the queue was away, so that nothing that was asked of it is to blame. */
export function isUnavailable(error: unknown): error is RetryableError {
  return error instanceof RetryableError && error.code === 'SERVICE_UNAVAILABLE'
}
