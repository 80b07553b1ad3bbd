import type { Clock } from '@seer/core/basics/clock'
import type { Caller } from '@seer/core/people/caller'

type Entry = { caller: Caller; checkedAt: number }

/** A revoked key works at most this long after its last check. */
export const freshForMs = 5_000
const entriesAtMost = 10_000

/**
 * Callers that proved themselves a moment ago, by the hash of their key, so that most requests need no query. Only
 * successes are kept: a key that was just made works at once.
 */
export class CallerCache {
  readonly #entries = new Map<string, Entry>()
  readonly #lookups = new Map<string, Promise<Caller | null>>()
  readonly #now: Clock

  constructor(now: Clock) {
    this.#now = now
  }

  /** The caller, if its last check is recent enough. */
  fresh(keyHash: string): Caller | null {
    const entry = this.#entries.get(keyHash)
    return entry && this.#now().getTime() - entry.checkedAt < freshForMs ? entry.caller : null
  }

  /** Whether this key has ever been right. Then nobody is guessing. */
  isKnown(keyHash: string): boolean {
    return this.#entries.has(keyHash)
  }

  /** Checks a key. Requests that ask at the same time share one look-up. */
  async check(keyHash: string, lookUp: () => Promise<Caller | null>): Promise<Caller | null> {
    const running = this.#lookups.get(keyHash)
    if (running) return await running
    const lookup = lookUp()
    this.#lookups.set(keyHash, lookup)
    try {
      const caller = await lookup
      this.#remember(keyHash, caller)
      return caller
    } finally {
      this.#lookups.delete(keyHash)
    }
  }

  #remember(keyHash: string, caller: Caller | null): void {
    this.#entries.delete(keyHash)
    if (!caller) return
    this.#entries.set(keyHash, { caller, checkedAt: this.#now().getTime() })
    const oldest = this.#entries.keys().next().value
    if (this.#entries.size > entriesAtMost && oldest !== undefined) this.#entries.delete(oldest)
  }
}
