const windowMs = 1000

export type LimitVerdict = { allowed: boolean; limit: number; remaining: number; retryAfterSeconds: number }

/**
 * The team's write limit: at most `limit` POST, PATCH and DELETE requests in any second (Meeting BaaS docs,
 * deduplication-rate-limiting; reads are free). It uses the real clock, because clients do, too.
 */
export class WriteLimiter {
  /** Writes per second. Infinity: no limit. */
  limit: number
  readonly #realNow: () => number
  #admitted: number[] = []

  constructor(limit: number, realNow: () => number) {
    this.limit = limit
    this.#realNow = realNow
  }

  /** Counts one write if it is within the limit. A refused write does not count. */
  admit(): LimitVerdict {
    const now = this.#realNow()
    this.#admitted = this.#admitted.filter((at) => at > now - windowMs)
    const allowed = this.#admitted.length < this.limit
    if (allowed) this.#admitted.push(now)
    const oldest = this.#admitted[0] ?? now
    const retryAfterSeconds = Math.max(1, Math.ceil((oldest + windowMs - now) / 1000))
    return { allowed, limit: this.limit, remaining: Math.max(0, this.limit - this.#admitted.length), retryAfterSeconds }
  }
}
