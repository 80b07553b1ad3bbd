/** An answer to a call, through the SDK or through plain HTTP. */
export type VendorAnswer = {
  /** HTTP status. The SDK hides which 2xx it was; then this is 200. */
  status: number
  /** The parsed JSON; undefined when there was none. */
  body: unknown
  /** The wait that a `retry-after` header asked for. */
  retryAfterMs: number | undefined
}

/** The vendor's own reason for refusing a request. */
export type Refusal = {
  status: number
  code: string
  message: string
  /** Seconds, or whatever else the vendor wrote there. */
  retryAfter: unknown
}

/**
 * Refusals by the vendor's framework, Fastify, which cannot read the request. The vendor's own code is not asked then.
 */
const statusesOfFramework: readonly number[] = [400, 413, 414, 415, 422]

/**
 * Reads the vendor's error body: `{ success: false, error, code, statusCode, message? }` (openapi-v2.json,
 * ErrorResponse). Its framework sends the same without `success`. When the HTTP status is a success, `statusCode`
 * counts.
 *
 * Null: the answer is not the vendor's, but that of a gateway, a proxy or a captive portal. Then the status is no
 * verdict: a proxy's 403 says nothing about our key, and its 404 nothing about a bot.
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

/** Whether an answer is an error, whoever sent it. */
export function claimsToFail({ status, body }: VendorAnswer): boolean {
  if (status < 200 || status >= 300) return true
  return typeof body === 'object' && body !== null && 'success' in body && body.success === false
}

/** Whether an answer is marked as the vendor's success: all of those carry `success: true` (openapi-v2.json). */
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
