/** How long something waits that is tried again. */
export type Backoff = {
  firstMs: number
  /** No wait is longer. */
  mostMs: number
}

/** Three times as long after each attempt. @param attempts so far, from 1 */
export function waitAfterAttempts(attempts: number, { firstMs, mostMs }: Backoff): number {
  // Higher powers would be longer than any limit.
  return Math.min(mostMs, firstMs * 3 ** Math.min(attempts - 1, 20))
}

/** As long as it has been owed so far, but at least `firstMs`. */
export function waitAsLongAsOwed(since: Date, now: Date, { firstMs, mostMs }: Backoff): number {
  return Math.min(mostMs, Math.max(firstMs, now.getTime() - since.getTime()))
}
