import type { Clock } from '@seer/core/basics/clock'
import type { Caller } from '@seer/core/people/caller'
import { LRUCache } from 'lru-cache'

/** In milliseconds. A revoked key works at most this long after its last check. */
export const freshForMs = 5_000
const callersAtMost = 10_000

export type CallerCache = {
  /** The caller, if its last check is recent enough. */
  fresh(keyHash: string): Caller | undefined
  /** Whether this key has been right. Then nobody is guessing. */
  isKnown(keyHash: string): boolean
  /** Checks a key. Requests that ask at the same time share one look-up. */
  check(keyHash: string, lookUp: () => Promise<Caller | null>): Promise<Caller | null>
}

/**
 * Callers that proved themselves a moment ago, by the hash of their key, so that most requests need no query. Only
 * successes are kept: a key that was just made works at once.
 */
export function openCallerCache(now: Clock): CallerCache {
  const callers = new LRUCache<string, Caller, () => Promise<Caller | null>>({
    max: callersAtMost,
    // An entry is fresh up to and including its `ttl`.
    ttl: freshForMs - 1,
    ttlResolution: 0,
    perf: { now: () => now().getTime() },
    // A key stays known when its last check is too old, and while the database is away.
    noDeleteOnStaleGet: true,
    noDeleteOnFetchRejection: true,
    // Whoever waits for a look-up gets its result, although the entry was removed meanwhile.
    ignoreFetchAbort: true,
    fetchMethod: async (_keyHash, _stale, { context: lookUp }) => (await lookUp()) ?? undefined,
  })
  return {
    fresh: (keyHash) => callers.get(keyHash),
    isKnown: (keyHash) => callers.peek(keyHash, { allowStale: true }) !== undefined,
    async check(keyHash, lookUp) {
      const caller = await callers.fetch(keyHash, { context: lookUp })
      // The cache would keep the caller that a revoked key once had.
      if (!caller) callers.delete(keyHash)
      return caller ?? null
    },
  }
}
