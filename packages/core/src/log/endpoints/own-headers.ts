/** Headers that a customer adds to webhooks, such as `authorization`. */

/**
 * Headers that Seer sets itself, that belong to one connection (RFC 9110 §7.6.1), or that would change how the request or
 * its answer is read.
 */
const reserved = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
])

const headersAtMost = 20
const longestValue = 2_000

/** RFC 9110 §5.6.2, in lower case. */
const token = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/
/** Visible ASCII with spaces inside. Line breaks would begin another header. */
const value = /^[\x21-\x7e]([\x20-\x7e\t]*[\x21-\x7e])?$/

/** What is wrong with added headers; null when nothing is. @param headers with names in lower case */
export function problemOfHeaders(headers: Readonly<Record<string, string>>): { name: string; message: string } | null {
  const entries = Object.entries(headers)
  if (entries.length > headersAtMost) return { name: '', message: `must not be more than ${headersAtMost}` }
  for (const [name, text] of entries) {
    const message = problemOf(name, text)
    if (message) return { name, message }
  }
  return null
}

function problemOf(name: string, text: string): string | null {
  if (!token.test(name)) return 'is not the name of a header'
  if (reserved.has(name) || name.startsWith('webhook-')) return 'is a header that Seer sets itself; leave it out'
  if (text.length > longestValue) return `must not be longer than ${longestValue} characters`
  return value.test(text) ? null : 'must be visible ASCII characters, with spaces only between them'
}
