import { type CalendarProviderName, calendarProviders } from '@seer/core/calendars/integration'
import { PermanentError, RetryableError, type SeerError } from '@seer/core/errors'
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'

const names: Record<(typeof calendarProviders)[number], string> = { google: 'Google', microsoft: 'Microsoft' }

/** What is behind statuses that are no verdict on the code: too slow, too early, too many requests. */
const passing = new Set([408, 425, 429])

/**
 * The error for a failed exchange of a code. What openid-client throws is not passed on: it holds codes and tokens.
 * @throws what is no failure of the exchange, but a bug
 */
export function exchangeError(provider: CalendarProviderName, error: unknown): SeerError {
  if (error instanceof AuthorizationResponseError) return denied(provider, error.error)
  const status = statusOf(error)
  if (status === undefined ? isTransportFailure(error) : status >= 500 || passing.has(status)) {
    return unavailable(provider, error)
  }
  if (error instanceof TypeError) throw error
  return refused(provider, error, status)
}

/** The error for an OAuth server that cannot be asked: away, or not what its issuer URL promises. */
export function unavailable(provider: CalendarProviderName, error: unknown): RetryableError {
  const providerStatus = statusOf(error)
  const why = providerStatus ?? codeOf(error) ?? 'no answer'
  return new RetryableError('OAUTH_SERVER_UNAVAILABLE', {
    detail: `The OAuth server of ${names[provider]} cannot be reached (${why}).`,
    providerStatus,
  })
}

export function noRefreshToken(provider: CalendarProviderName): PermanentError {
  const detail = `${names[provider]} gave no refresh token.`
  return new PermanentError('OAUTH_NO_REFRESH_TOKEN', { detail })
}

export function notConfigured(provider: CalendarProviderName): PermanentError {
  const variable = `${provider.toUpperCase()}_CLIENT_ID`
  const detail = `This installation has no OAuth client for ${names[provider]} calendars (${variable}).`
  return new PermanentError('CALENDAR_PROVIDER_NOT_CONFIGURED', { detail })
}

function denied(provider: CalendarProviderName, error: string): PermanentError {
  const providerCode = readable(error)
  const detail = `${names[provider]} answered the consent with ${providerCode ? `"${providerCode}"` : 'an error'}.`
  return new PermanentError('OAUTH_DENIED', { detail, providerCode })
}

function refused(provider: CalendarProviderName, error: unknown, providerStatus: number | undefined): PermanentError {
  const providerCode = error instanceof ResponseBodyError ? readable(error.error) : undefined
  const words = providerCode ?? codeOf(error)
  const check = `check ${provider.toUpperCase()}_CLIENT_ID and ${provider.toUpperCase()}_CLIENT_SECRET`
  const isOurs = providerCode === 'invalid_client' || providerStatus === 401
  const detail = `${names[provider]} refused the code${words ? ` ("${words}")` : ''}${isOurs ? `; ${check}` : ''}.`
  return new PermanentError('OAUTH_CODE_REFUSED', { detail, providerStatus, providerCode })
}

/** Codes are short words; anything else is text of the other side, which has no place in our sentences. */
const readable = (code: unknown) => (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : undefined)

function statusOf(error: unknown): number | undefined {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) return error.status
  const cause = error instanceof ClientError ? error.cause : undefined
  return cause instanceof Response && !cause.ok ? cause.status : undefined
}

/** A failure of fetch, or of the deadline, somewhere among the causes. Misuse of openid-client carries a code instead. */
function isTransportFailure(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === 'TimeoutError' || error.name === 'AbortError'
  if (error instanceof TypeError && !('code' in error)) return true
  return error instanceof Error && error.cause !== undefined && isTransportFailure(error.cause)
}

/** `ECONNREFUSED` of the network, `OAUTH_TIMEOUT` of openid-client: the innermost says most. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return codeOf(error.cause) ?? readable((error as { code?: unknown }).code)
}
