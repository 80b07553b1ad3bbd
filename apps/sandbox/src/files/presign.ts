import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Artifact URLs live for four hours and are signed anew on every read (openapi-v2.json, getBotDetails). */
export const urlLifeSeconds = 4 * 3600

export type UrlVerdict = 'valid' | 'expired' | 'bad_signature'

/** Signs artifact paths like S3's query authentication. The date in the URL is virtual time. */
export class Presigner {
  #key: Uint8Array = randomBytes(32)
  baseUrl = ''

  /** A URL for `path` that is valid for four virtual hours from `now` (virtual ms). */
  sign(path: string, now: number): string {
    const date = compactDate(now)
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Date': date,
      'X-Amz-Expires': String(urlLifeSeconds),
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': this.#signature(path, date, String(urlLifeSeconds)),
    })
    return `${this.baseUrl}${path}?${query}`
  }

  verify(path: string, query: Record<string, unknown>, now: number): UrlVerdict {
    const date = String(query['X-Amz-Date'] ?? '')
    const expires = String(query['X-Amz-Expires'] ?? '')
    const given = Buffer.from(String(query['X-Amz-Signature'] ?? ''))
    const expected = Buffer.from(this.#signature(path, date, expires))
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'bad_signature'
    return now < parseCompactDate(date) + Number(expires) * 1000 ? 'valid' : 'expired'
  }

  /** The key. A restart keeps it, so that older links stay valid. */
  kept(): Uint8Array {
    return this.#key
  }

  restore(key: Uint8Array): void {
    this.#key = key
  }

  #signature(path: string, date: string, expires: string): string {
    return createHmac('sha256', this.#key).update(`${path}\n${date}\n${expires}`).digest('hex')
  }
}

/** `20260311T150412Z` */
function compactDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

function parseCompactDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}
