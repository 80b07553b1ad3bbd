/** Keys whose values nobody needs to see. */
const secretKey = /secret|token|password|authorization|api_?key|signature|credential/i

/**
 * Makes a stored webhook body fit for an operator. Values of secret-sounding keys are masked. Links lose their query,
 * because a presigned link gives access to the recording.
 */
export function redactBody(body: string): unknown {
  try {
    return redact(JSON.parse(body))
  } catch {
    return '[not JSON]'
  }
}

function redact(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/(https?:\/\/[^\s?"]+)\?[^\s"]*/g, '$1?[redacted]')
  if (Array.isArray(value)) return value.map(redact)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretKey.test(key) && inner !== null ? '[redacted]' : redact(inner),
    ]),
  )
}
