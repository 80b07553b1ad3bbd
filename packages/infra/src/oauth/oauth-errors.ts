import { PermanentError, RetryableError, type SeerError } from '@seer/core/basics/errors'
import { type CalendarProvider, calendarProviders } from '@seer/core/vendor/calendar-providers'
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'

const names: Record<(typeof calendarProviders)[number], string> = { google: 'Google', microsoft: 'Microsoft' }

/** Statuses that say nothing about the code: too slow, too early, too many requests. */
const passing = new Set([408, 425, 429])

/** OAuth errors that pass (RFC 6749, section 4.1.2.1). Microsoft's token endpoint sends them, too. */
const passingCodes = new Set(['server_error', 'temporarily_unavailable'])

/** The OAuth server's own reason for giving no token. */
type Refusal = { status: number | undefined; code: string | undefined }

/**
 * The error for a failed exchange of a code. Only an error in the form of RFC 6749, section 5.2, says something about
 * the code. A gateway may answer in the server's place; it knows nothing of codes, whatever its status.
 *
 * The error of openid-client is not passed on, because it holds codes and tokens.
 * @throws the error itself when it is a bug and not a failed exchange
 */
export async function exchangeError(provider: CalendarProvider, error: unknown): Promise<SeerError> {
  if (error instanceof AuthorizationResponseError) {
    return passingCodes.has(error.error) ? unavailable(provider, error) : denied(provider, error.error)
  }
  if (isAboutCallback(error)) return refused(provider, { status: undefined, code: codeOf(error) })
  const refusal = await refusalIn(error)
  if (refusal) return refused(provider, refusal)
  // Misuse of openid-client. A failed fetch is a TypeError as well, but has no code.
  if (error instanceof TypeError && 'code' in error) throw error
  return unavailable(provider, error)
}

/** The error for an OAuth server that cannot be reached, or is not what its issuer URL promises. */
export function unavailable(provider: CalendarProvider, error: unknown): RetryableError {
  const upstreamStatus = statusOf(error)
  const how = upstreamStatus === undefined ? 'cannot be reached' : 'does not answer as it should'
  const why = upstreamStatus ?? codeOf(error) ?? 'no answer'
  const detail = `The OAuth server of ${names[provider]} ${how} (${why}); start again in a moment.`
  return new RetryableError('OAUTH_SERVER_UNAVAILABLE', { detail, upstreamStatus })
}

/** The provider has answered, but without the token that Seer needs. */
export function noRefreshToken(provider: CalendarProvider): PermanentError {
  const detail = `${names[provider]} gave no refresh token.`
  return new PermanentError('OAUTH_NO_REFRESH_TOKEN', { detail })
}

/** The operator has not set up this provider. */
export function notConfigured(provider: CalendarProvider): PermanentError {
  const variable = `${provider.toUpperCase()}_CLIENT_ID`
  const detail = `This installation has no OAuth client for ${names[provider]} calendars (${variable}).`
  return new PermanentError('CALENDAR_PROVIDER_NOT_CONFIGURED', { detail })
}

function denied(provider: CalendarProvider, error: string): PermanentError {
  const upstreamCode = readable(error)
  const detail = `${names[provider]} answered the consent with ${upstreamCode ? `"${upstreamCode}"` : 'an error'}.`
  return new PermanentError('OAUTH_DENIED', { detail, upstreamCode })
}

function refused(provider: CalendarProvider, { status: upstreamStatus, code }: Refusal): PermanentError {
  const check = `check ${provider.toUpperCase()}_CLIENT_ID and ${provider.toUpperCase()}_CLIENT_SECRET`
  const isOurs = code === 'invalid_client' || upstreamStatus === 401
  const detail = `${names[provider]} refused the code${code ? ` ("${code}")` : ''}${isOurs ? `; ${check}` : ''}.`
  const upstreamCode = upstreamStatus === undefined ? undefined : code
  return new PermanentError('OAUTH_CODE_REFUSED', { detail, upstreamStatus, upstreamCode })
}

/** Whether the callback itself is wrong: another state, another issuer, no code, or two. Then no server was asked. */
function isAboutCallback(error: unknown): boolean {
  if (!(error instanceof ClientError) || !(error.cause instanceof Error)) return false
  const isOdd = error.code === 'OAUTH_INVALID_RESPONSE' || error.code === 'OAUTH_UNSUPPORTED_OPERATION'
  return isOdd && !isObject(error.cause.cause, 'body')
}

async function refusalIn(error: unknown): Promise<Refusal | null> {
  const status = statusOf(error)
  if (status === undefined || status < 400 || status >= 500 || passing.has(status)) return null
  const code = wordOf(await bodyOf(error))
  return code === null || passingCodes.has(code) ? null : { status, code }
}

/** openid-client reads no body when there is a challenge. A server that does not know our client may send both. */
async function bodyOf(error: unknown): Promise<unknown> {
  if (error instanceof ResponseBodyError) return error.cause
  if (!(error instanceof WWWAuthenticateChallengeError)) return undefined
  return await error.response.json().catch(() => undefined)
}

/** OAuth's error codes are words in small letters. `Forbidden` comes from a web framework. */
function wordOf(body: unknown): string | null {
  const word = isObject(body, 'error') ? body['error'] : undefined
  return typeof word === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(word) ? word : null
}

function isObject<Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> {
  return typeof value === 'object' && value !== null && key in value
}

/** Codes are short words. Anything else is text of the other side and does not belong in our messages. */
const readable = (code: unknown) => (typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : undefined)

function statusOf(error: unknown): number | undefined {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) return error.status
  const cause = error instanceof ClientError ? error.cause : undefined
  return cause instanceof Response ? cause.status : undefined
}

/** The innermost code, which says most: `ECONNREFUSED` of the network, `OAUTH_TIMEOUT` of openid-client. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return codeOf(error.cause) ?? readable((error as { code?: unknown }).code)
}
