import type { ZodError } from 'zod'

/** The vendor's error body (openapi-v2.json, ErrorResponse). */
export type VendorErrorBody = {
  success: false
  error: string
  code: string
  statusCode: number
  message?: string
  details?: string | null
  retryAfter?: number
}

const labels: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  422: 'Unprocessable Entity',
  429: 'Rate Limited',
  500: 'Internal Server Error',
}

/** An error answer of the vendor. */
export class VendorError extends Error {
  readonly statusCode: number
  readonly code: string
  /** Seconds. Only a rate limit says when to come back. */
  readonly retryAfter: number | undefined

  constructor(statusCode: number, code: string, message: string, retryAfter?: number) {
    super(message)
    this.statusCode = statusCode
    this.code = code
    this.retryAfter = retryAfter
  }

  get body(): VendorErrorBody {
    const { statusCode, code, message, retryAfter } = this
    const body: VendorErrorBody = { success: false, error: errorLabel(statusCode), code, statusCode, message }
    if (statusCode !== 400) body.details = null
    if (retryAfter !== undefined) body.retryAfter = retryAfter
    return body
  }
}

export function errorLabel(statusCode: number): string {
  return labels[statusCode] ?? (statusCode >= 500 ? 'Internal Server Error' : 'Error')
}

/**
 * The vendor does not publish the code of its validation errors. This is Fastify's, which a Fastify service like theirs
 * most likely sends. Clients should look at the status.
 */
export const validationCode = 'FST_ERR_VALIDATION'

export function invalid(message: string): VendorError {
  return new VendorError(400, validationCode, message)
}

export function botNotFound(): VendorError {
  return new VendorError(404, 'FST_ERR_BOT_NOT_FOUND_BY_ID', 'Bot not found.')
}

export function wrongBotStatus(message: string): VendorError {
  return new VendorError(409, 'FST_ERR_BOT_STATUS', message)
}

/** Like `body/bot_name Invalid input: expected string, received undefined, body …`. */
export function describeIssues(where: string, error: ZodError): string {
  const issues = error.issues.map((issue) => `${[where, ...issue.path].join('/')} ${issue.message}`)
  return issues.join(', ')
}
