import type { ErrorCode } from '@seer/core/basics/error-codes'
import { PermanentError, RetryableError, type SeerError } from '@seer/core/basics/errors'
import { readRetryAfter } from './retry-after.ts'
import type { TransportFailure } from './transport-failure.ts'
import { readRefusal, type VendorAnswer } from './vendor-answer.ts'

/** The facts about a call that decide what its failure means. */
export type CallTraits = {
  /** Whether the call is a write. When no answer comes, nobody knows whether a write was carried out. */
  isWrite: boolean
  /** What single thing the call is about. Only then does 404 mean that the vendor does not have it. */
  subject: 'bot' | 'calendar' | null
  /** Whether the vendor asks Google or Microsoft before it answers. Then 401 and 403 may be the provider's. */
  usesGrant: boolean
  /** Whether the call adds a calendar. The vendor takes each calendar once, and the plan limits their number. */
  addsCalendar: boolean
}

/** The parts of the vendor's answer that an error repeats. `quote` has made them safe. */
type Said = { status: number; code: string | undefined; message: string | undefined; retryAfterMs: number | undefined }

/** The error for a failed call. The codes are from openapi-v2.json and the vendor's pages on errors and limits. */
export function errorForAnswer(answer: VendorAnswer, traits: CallTraits, quote: (text: string) => string): SeerError {
  const refusal = readRefusal(answer)
  if (!refusal) return errorForForeign(answer, traits)
  const { status, code, message, retryAfter } = refusal
  const retryAfterMs = answer.retryAfterMs ?? readRetryAfter(retryAfter)
  const said = { status, code: quote(code), message: quote(message), retryAfterMs }
  if (status >= 500) return retryable('VENDOR_UNAVAILABLE', said, traits.isWrite)
  return errorForRefusal(said, code, traits)
}

/** Statuses that always mean that the request was not passed on: proxy sign-in, wrong host, too early. */
const notPassedOn: readonly number[] = [407, 421, 425]

/**
 * The error for an answer from something between us and the vendor. Such trouble passes. Unless the status says
 * otherwise, the vendor may have got the request.
 */
function errorForForeign({ status, retryAfterMs }: VendorAnswer, { isWrite }: CallTraits): RetryableError {
  const said = { status, code: undefined, message: undefined, retryAfterMs }
  if (notPassedOn.includes(status)) return retryable('VENDOR_UNAVAILABLE', said, false)
  // Rate limits are checked before a request is passed on.
  if (status === 429) return retryable('VENDOR_RATE_LIMITED', said, false)
  if (status === 408) return retryable('VENDOR_TIMEOUT', said, isWrite)
  if (status >= 500) return retryable('VENDOR_UNAVAILABLE', said, isWrite)
  const isRedirect = status >= 300 && status < 400
  const detail = isRedirect ? `Meeting BaaS answered ${status}, a redirect; check its address.` : notItsApi(status)
  return new RetryableError('VENDOR_PROTOCOL', {
    detail,
    upstreamStatus: status,
    retryAfterMs,
    outcomeUnknown: isWrite,
  })
}

/** @param code as the vendor wrote it, before `quote` */
function errorForRefusal(said: Said, code: string, traits: CallTraits): SeerError {
  switch (said.status) {
    case 401:
    case 403:
      return permanent(refusalCode(said.status, code, traits), said)
    case 402:
      return permanent('VENDOR_INSUFFICIENT_TOKENS', said)
    case 404:
      return permanent(unknownCode(traits), said)
    case 408:
      return retryable('VENDOR_TIMEOUT', said, traits.isWrite)
    case 425:
      return retryable('VENDOR_UNAVAILABLE', said, false)
    case 409:
      if (traits.addsCalendar) return permanent('VENDOR_CALENDAR_EXISTS', said)
      return permanent(code.includes('BOT_ALREADY_EXISTS') ? 'VENDOR_DUPLICATE_BOT' : 'VENDOR_CONFLICT', said)
    case 429:
      if (traits.addsCalendar && !isRateLimit(said)) return permanent('CALENDAR_LIMIT_REACHED', said)
      return retryable(code.includes('DAILY_BOT_CAP') ? 'VENDOR_DAILY_CAP' : 'VENDOR_RATE_LIMITED', said, false)
    default:
      return permanent('VENDOR_REJECTED', said)
  }
}

/** The code for 401 and 403. The vendor answers 403 FST_ERR_FORBIDDEN to a wrong API key, on every route. */
function refusalCode(status: number, code: string, { usesGrant }: CallTraits): ErrorCode {
  if (!usesGrant || code === 'FST_ERR_FORBIDDEN') return 'VENDOR_UNAUTHORIZED'
  return status === 401 ? 'CALENDAR_TOKEN_REFUSED' : 'CALENDAR_PERMISSION_DENIED'
}

function unknownCode({ subject }: CallTraits): ErrorCode {
  if (subject === 'bot') return 'VENDOR_BOT_NOT_FOUND'
  return subject === 'calendar' ? 'VENDOR_CALENDAR_NOT_FOUND' : 'VENDOR_REJECTED'
}

/** The plan's limit of calendars is a 429, too (openapi-v2.json), but it names no time to wait. */
function isRateLimit({ code, retryAfterMs }: Said): boolean {
  return code === 'FST_ERR_TOO_MANY_REQUESTS' || retryAfterMs !== undefined
}

/** The error for a request without an answer. */
export function errorForFailure(failure: TransportFailure, { isWrite }: CallTraits): RetryableError {
  const outcomeUnknown = isWrite && failure.kind !== 'not_sent'
  switch (failure.kind) {
    case 'timed_out':
      return new RetryableError('VENDOR_TIMEOUT', { detail: 'Meeting BaaS did not answer in time.', outcomeUnknown })
    case 'too_large':
      return new RetryableError('VENDOR_PROTOCOL', {
        detail: 'Meeting BaaS sent too large an answer.',
        outcomeUnknown,
      })
    default: {
      const detail = `Meeting BaaS could not be reached: ${failure.message}.`
      return new RetryableError('VENDOR_UNAVAILABLE', { detail, outcomeUnknown })
    }
  }
}

/** The error for a 2xx whose body does not fit the contract. */
export function unexpectedBody(status: number, { isWrite }: CallTraits): RetryableError {
  return new RetryableError('VENDOR_PROTOCOL', {
    detail: notItsApi(status),
    upstreamStatus: status,
    outcomeUnknown: isWrite,
  })
}

const notItsApi = (status: number) => `The answer ${status} did not come from the API of Meeting BaaS.`

function permanent(code: ErrorCode, said: Said): PermanentError {
  return new PermanentError(code, { detail: sentence(said), upstreamStatus: said.status, upstreamCode: said.code })
}

function retryable(code: ErrorCode, said: Said, outcomeUnknown: boolean): RetryableError {
  const { status: upstreamStatus, code: upstreamCode, retryAfterMs } = said
  return new RetryableError(code, {
    detail: sentence(said),
    upstreamStatus,
    upstreamCode,
    retryAfterMs,
    outcomeUnknown,
  })
}

function sentence({ status, code, message }: Said): string {
  const answered = `Meeting BaaS answered ${status}${code ? ` ${code}` : ''}`
  return message ? `${answered}: ${message.replace(/\.?$/, '.')}` : `${answered}.`
}
