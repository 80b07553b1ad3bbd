import type { ErrorCode } from '@seer/core/error-codes'
import { PermanentError, RetryableError, type SeerError } from '@seer/core/errors'
import type { TransportFailure } from './transport-failure.ts'
import type { VendorAnswer } from './vendor-answer.ts'
import { boundedRetryAfterMs } from './vendor-http.ts'

/** What the meaning of a failure depends on. */
export type CallTraits = {
  /** A failure without an answer leaves it open whether a write was carried out. */
  isWrite: boolean
  /** What one thing the call is about: only there does 404 mean that the vendor does not have it. */
  subject: 'bot' | 'calendar' | null
  /** Whether the vendor asks Google or Microsoft before it answers: 401 and 403 may then be theirs. */
  usesGrant: boolean
  /** Whether a calendar is to be added, of which the vendor takes each once and the plan so many. */
  addsCalendar: boolean
}

/** The vendor's words that an error repeats, made safe by `quote`. */
type Said = { status: number; code: string | undefined; message: string | undefined; retryAfterMs: number | undefined }

/** The error for an answer that is no success. Codes: openapi-v2.json and the vendor's pages on errors and limits. */
export function errorForAnswer(answer: VendorAnswer, traits: CallTraits, quote: (text: string) => string): SeerError {
  const said = readError(answer, quote)
  const { status } = said
  if (status >= 300 && status < 400)
    return protocolError(traits, `with a redirect (${status}); check its address`, said)
  if (status < 400) return protocolError(traits, `${status} with something that is not its API`, said)
  if (status >= 500) return retryable('PROVIDER_UNAVAILABLE', said, traits.isWrite)
  return errorForClientStatus(said, traits, isVendorError(answer.body))
}

function errorForClientStatus(said: Said, traits: CallTraits, isVendors: boolean): SeerError {
  const code = said.code ?? ''
  switch (said.status) {
    case 401:
    case 403:
      return permanent(refusalCode(said, traits, isVendors), said)
    case 402:
      return permanent('PROVIDER_INSUFFICIENT_TOKENS', said)
    case 404:
      // A wrong address or a proxy also answers 404; taking that for "no such bot" would give up a running one.
      if (!isVendors) return protocolError(traits, '404 with something that is not its API', said)
      return permanent(unknownCode(traits), said)
    case 408:
      return retryable('PROVIDER_TIMEOUT', said, traits.isWrite)
    case 407:
    case 425:
      return retryable('PROVIDER_UNAVAILABLE', said, false)
    case 409:
      if (traits.addsCalendar && isVendors) return permanent('PROVIDER_CALENDAR_EXISTS', said)
      return permanent(code.includes('BOT_ALREADY_EXISTS') ? 'PROVIDER_DUPLICATE_BOT' : 'PROVIDER_CONFLICT', said)
    case 429:
      if (traits.addsCalendar && isVendors && !isRateLimit(said)) return permanent('CALENDAR_LIMIT_REACHED', said)
      return retryable(code.includes('DAILY_BOT_CAP') ? 'PROVIDER_DAILY_CAP' : 'PROVIDER_RATE_LIMITED', said, false)
    default:
      return permanent('PROVIDER_REJECTED', said)
  }
}

/**
 * Of 401 and 403. A wrong API key is 403 FST_ERR_FORBIDDEN wherever it is sent; a gateway on the way says nothing about a
 * user's consent, so it must not cost a calendar its connection.
 */
function refusalCode({ status, code }: Said, { usesGrant }: CallTraits, isVendors: boolean): ErrorCode {
  if (!usesGrant || !isVendors || code === 'FST_ERR_FORBIDDEN') return 'PROVIDER_UNAUTHORIZED'
  return status === 401 ? 'CALENDAR_TOKEN_REFUSED' : 'CALENDAR_PERMISSION_DENIED'
}

function unknownCode({ subject }: CallTraits): ErrorCode {
  if (subject === 'bot') return 'PROVIDER_BOT_NOT_FOUND'
  return subject === 'calendar' ? 'PROVIDER_CALENDAR_NOT_FOUND' : 'PROVIDER_REJECTED'
}

/** The plan's limit of calendars is a 429 as well (openapi-v2.json), but it names no time to wait. */
function isRateLimit({ code, retryAfterMs }: Said): boolean {
  return code === 'FST_ERR_TOO_MANY_REQUESTS' || retryAfterMs !== undefined
}

/** The error for a request that got no answer. */
export function errorForFailure(failure: TransportFailure, { isWrite }: CallTraits): RetryableError {
  const outcomeUnknown = isWrite && failure.kind !== 'not_sent'
  switch (failure.kind) {
    case 'timed_out':
      return new RetryableError('PROVIDER_TIMEOUT', { detail: 'Meeting BaaS did not answer in time.', outcomeUnknown })
    case 'too_large':
      return new RetryableError('PROVIDER_PROTOCOL', {
        detail: 'Meeting BaaS sent too large an answer.',
        outcomeUnknown,
      })
    default: {
      const detail = `Meeting BaaS could not be reached: ${failure.message}.`
      return new RetryableError('PROVIDER_UNAVAILABLE', { detail, outcomeUnknown })
    }
  }
}

/** The error for a 2xx whose body is not what the contract says. */
export function unexpectedBody(status: number, { isWrite }: CallTraits): RetryableError {
  const detail = `Meeting BaaS answered ${status} with something that is not its API.`
  return new RetryableError('PROVIDER_PROTOCOL', { detail, providerStatus: status, outcomeUnknown: isWrite })
}

export function isVendorError(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'success' in body && body.success === false
}

function readError({ status, body, retryAfterMs }: VendorAnswer, quote: (text: string) => string): Said {
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? quote(value) : undefined)
  const seconds = typeof fields.retryAfter === 'number' ? fields.retryAfter : Number.NaN
  return {
    // A success status around an error body: the body knows better.
    status: status < 300 && typeof fields.statusCode === 'number' ? fields.statusCode : status,
    code: text(fields.code),
    message: text(fields.message) ?? text(fields.error),
    retryAfterMs: retryAfterMs ?? (Number.isNaN(seconds) ? undefined : boundedRetryAfterMs(seconds * 1_000)),
  }
}

function protocolError({ isWrite }: CallTraits, what: string, { status, code }: Said): RetryableError {
  const detail = `Meeting BaaS answered ${what}.`
  // Only a 2xx can have carried a write out.
  const outcomeUnknown = isWrite && status < 300
  return new RetryableError('PROVIDER_PROTOCOL', { detail, providerStatus: status, providerCode: code, outcomeUnknown })
}

function permanent(code: ErrorCode, said: Said): PermanentError {
  return new PermanentError(code, { detail: sentence(said), providerStatus: said.status, providerCode: said.code })
}

function retryable(code: ErrorCode, said: Said, outcomeUnknown: boolean): RetryableError {
  const { status: providerStatus, code: providerCode, retryAfterMs } = said
  return new RetryableError(code, {
    detail: sentence(said),
    providerStatus,
    providerCode,
    retryAfterMs,
    outcomeUnknown,
  })
}

function sentence({ status, code, message }: Said): string {
  const answered = `Meeting BaaS answered ${status}${code ? ` ${code}` : ''}`
  return message ? `${answered}: ${message.replace(/\.?$/, '.')}` : `${answered}.`
}
