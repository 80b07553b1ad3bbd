import type { IncomingHttpHeaders } from 'node:http'

/** Keys are 48 characters long. A text that is much longer is not worth hashing. */
const longestKey = 200

/** The API key of a request: `Authorization: Bearer …` or `X-Api-Key`. */
export function apiKeyOf(headers: IncomingHttpHeaders): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
  const key = bearer ?? headers['x-api-key']
  return typeof key === 'string' && key.length <= longestKey ? key : null
}

/** The password of HTTP Basic, which is how a browser can send an API key. The user name does not matter. */
export function basicPasswordOf(headers: IncomingHttpHeaders): string | null {
  const base64 = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(headers.authorization ?? '')?.[1]
  if (!base64) return null
  const text = Buffer.from(base64, 'base64').toString('utf8')
  const password = text.slice(text.indexOf(':') + 1)
  return text.includes(':') && password.length <= longestKey ? password : null
}
