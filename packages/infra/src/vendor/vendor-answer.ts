/** An answer to a call, by whichever way it came. */
export type VendorAnswer = {
  /** HTTP status. The SDK does not tell which 2xx it was: 200 then. */
  status: number
  /** The parsed JSON; undefined when there was none. */
  body: unknown
  /** What a `retry-after` header asked for. */
  retryAfterMs: number | undefined
}

/** The vendor's own word on why it did not do what it was asked. */
export type Refusal = {
  status: number
  code: string
  message: string
  /** Seconds, or what else the vendor wrote there. */
  retryAfter: unknown
}

/** What the vendor's framework, Fastify, refuses by itself before the vendor's code is asked: requests that it cannot read. */
const statusesOfFramework: readonly number[] = [400, 413, 414, 415, 422]

/**
 * Reads the vendor's error body: `{ success: false, error, code, statusCode, message? }` (openapi-v2.json, ErrorResponse),
 * or that of its framework, which is the same without `success`. Its status counts where a success is around it.
 *
 * Null: somebody else has answered, like a gateway, a proxy or a captive portal. Whatever the status, that is no verdict.
 * A 403 of a proxy says nothing about our key, its 404 nothing about a bot.
 */
export function readRefusal({ status, body }: VendorAnswer): Refusal | null {
  if (typeof body !== 'object' || body === null) return null
  const { success, error, code, statusCode, message, retryAfter } = body as Record<string, unknown>
  if (!isText(error) || !isText(code)) return null
  const isSuccessAround = status < 300 && typeof statusCode === 'number' && statusCode >= 400
  if (statusCode !== status && !isSuccessAround) return null
  const isVendors = success === false || (success === undefined && statusesOfFramework.includes(status))
  return isVendors
    ? { status: statusCode as number, code, message: isText(message) ? message : error, retryAfter }
    : null
}

/** Whether an answer claims to be an error, whoever made it. */
export function claimsToFail({ status, body }: VendorAnswer): boolean {
  if (status < 200 || status >= 300) return true
  return typeof body === 'object' && body !== null && 'success' in body && body.success === false
}

/** Whether an answer says of itself that it is the vendor's: all of them carry `success` (openapi-v2.json). */
export function isVendorSuccess({ body }: VendorAnswer): boolean {
  return typeof body === 'object' && body !== null && 'success' in body && body.success === true
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
