import { createHash } from 'node:crypto'

/** An `ETag` for content that is the same whenever these values are. */
export function etagFor(...values: unknown[]): string {
  return `"${createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 22)}"`
}

/**
 * Whether the caller has this content already: `If-None-Match` of RFC 9110. Weak tags count, because proxies that
 * compress answers make strong ones weak.
 */
export function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}
