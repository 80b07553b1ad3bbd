import { errorCodes } from '@seer/core/basics/error-codes'
import { PostponedError, RetryableError, SeerError } from '@seer/core/basics/errors'
import { Problem } from './problem.ts'

/** Fastify's own refusals of a request. */
const fastifyRefusals: Record<string, (error: Error) => Problem> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => new Problem('INVALID_JSON'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    new Problem('INVALID_JSON', { detail: 'The body is empty, but its Content-Type is JSON.' }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new Problem('UNSUPPORTED_MEDIA_TYPE'),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new Problem('BODY_TOO_LARGE'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new Problem('BAD_REQUEST', { detail: 'The body is not as long as its Content-Length says.' }),
  FST_ERR_BAD_URL: () => new Problem('BAD_REQUEST', { detail: 'The URL is not valid.' }),
}

/** How long callers should wait before they try again, if the service that is down has not said so. */
const retryAfterSeconds = 5

/** What the caller is told about an error. An error that is not meant for callers becomes INTERNAL_ERROR. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof SeerError) return fromSeerError(error)
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown }
  const refusal = typeof code === 'string' ? fastifyRefusals[code] : undefined
  if (refusal) return refusal(error as Error)
  // JSON that would set prototypes, malformed requests and similar errors.
  if (error instanceof SyntaxError && statusCode === 400) return new Problem('INVALID_JSON')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return new Problem('BAD_REQUEST')
  return new Problem('INTERNAL_ERROR')
}

/** How long to wait, in milliseconds, if the error says so. */
function waitOf(error: SeerError): number | undefined {
  if (error instanceof PostponedError) return error.delayMs
  return error instanceof RetryableError ? error.retryAfterMs : undefined
}

function fromSeerError(error: SeerError): Problem {
  const { code, message } = error
  const toldMs = waitOf(error)
  const seconds = toldMs === undefined ? retryAfterSeconds : Math.max(1, Math.ceil(toldMs / 1_000))
  const headers: Record<string, string> = errorCodes[code].status === 503 ? { 'retry-after': String(seconds) } : {}
  return new Problem(code, message === code ? { headers } : { detail: message, headers })
}
