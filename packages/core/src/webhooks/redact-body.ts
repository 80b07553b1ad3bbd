/** Keys whose values nobody needs to see. */
const secretKey = /secret|token|password|authorization|api_?key|signature|credential/i

/**
 * A stored webhook body that can be shown to an operator: values of secret-sounding keys are masked, and links lose
 * their query, because presigned links are as good as the recording itself.
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
