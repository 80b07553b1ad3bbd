/** How long a caller wants to wait for an answer, in its own words (RFC 7240). */
export type Preference = { waitMs: number; applied: string | null }

const waitMs = 5_000
const longestWaitMs = 20_000

/** `Prefer: respond-async` does not wait, `Prefer: wait=n` waits n seconds. Other preferences are ignored. */
export function preferenceOf(header: string | string[] | undefined): Preference {
  const words = [header ?? []].flat().join(',').split(',')
  const wait = words.map((word) => /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(word)?.[1]).find(Boolean)
  if (wait !== undefined) {
    const seconds = Math.min(Number(wait), longestWaitMs / 1_000)
    return { waitMs: seconds * 1_000, applied: `wait=${seconds}` }
  }
  const isAsync = words.some((word) => /^\s*respond-async\s*(;|$)/i.test(word))
  return isAsync ? { waitMs: 0, applied: 'respond-async' } : { waitMs, applied: null }
}
