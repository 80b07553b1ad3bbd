/**
 * Keys whose values never reach a log, compared without case, dashes and underscores: `x-meeting-baas-api-key`,
 * `MEETINGBAAS_API_KEY`, `apiKey`, `refresh_token`, `callback_secret`, `set-cookie` …
 */
const secretKey = /(apikey|secret|password|passwd|authorization|cookie|token|encryptionkey)s?$/

/** Numbers of tokens are no secret: tokens are the vendor's unit of money. */
const notSecret = /^(available|remaining|used|missing)tokens$/

const hidden = '[redacted]'
/** Deeper or larger values do not belong in a log line. What goes beyond is replaced as a whole. */
const maxDepth = 6
const maxValues = 1_000

/**
 * Returns `value` without secrets. It replaces values under secret keys and credentials inside texts, down to depth 6.
 * A value without secrets is returned itself, so that the usual flat line costs no copy.
 */
export function redact(value: unknown): unknown {
  return clean(value, 0, { valuesLeft: maxValues })
}

type Budget = { valuesLeft: number }

function clean(value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null || isOpaque(value)) return value
  if (depth >= maxDepth || budget.valuesLeft <= 0) return '[too large to log]'
  const fields = value as Record<string, unknown>
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(fields)) {
    budget.valuesLeft -= 1
    const cleaned = isSecret(key, fields[key]) ? hidden : clean(fields[key], depth + 1, budget)
    if (cleaned === fields[key]) continue
    copy ??= Array.isArray(value) ? ([...value] as unknown as Record<string, unknown>) : { ...fields }
    copy[key] = cleaned
  }
  return copy ?? value
}

/** pino has serializers for errors and for Fastify's requests and replies. Dates and buffers have no keys. */
function isOpaque(value: object): boolean {
  return value instanceof Error || value instanceof Date || ArrayBuffer.isView(value) || Object.hasOwn(value, 'raw')
}

function isSecret(key: string, value: unknown): boolean {
  if (value === null || value === undefined || typeof value === 'boolean') return false
  const plain = key.toLowerCase().replace(/[-_]/g, '')
  return secretKey.test(plain) && !notSecret.test(plain)
}

/** Hides secrets in `postgres://user:password@host`, `Bearer abc`, and the signing parameters of presigned URLs. */
export function redactText(text: string): string {
  let clean = text
  if (clean.includes('://')) {
    clean = clean.replace(/(:\/\/[^\s/:@]*):[^\s/@]+@/g, `$1:${hidden}@`)
    clean = clean.replace(
      /([?&](?:x-amz-signature|x-amz-credential|signature|token|secret)=)[^&\s"']+/gi,
      `$1${hidden}`,
    )
  }
  return /bearer /i.test(clean) ? clean.replace(/(bearer )[^\s"',]+/gi, `$1${hidden}`) : clean
}
