/** When a delivery is tried again. */

const [second, minute, hour] = [1_000, 60_000, 3_600_000]

/** Waits before the attempts, the first included: 75 h 35 min in all. Source: spec/standard-webhooks.md, "Retries" */
export const waits = [
  0,
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
]

export const attemptsAtMost = waits.length

/** Waits are this much longer or shorter, so that receivers that come back are not met by everybody at once. */
const jitter = 0.2

/** No receiver is waited for longer, whatever it asks. */
export const longestWaitMs = 24 * hour

/**
 * When the next attempt is due after one that has failed; null when it was the last.
 * @param attempts so far, from 1
 * @param retryAfterMs how long the receiver asks us to wait
 * @param random from 0 to 1
 */
export function nextAttemptAt(
  attempts: number,
  { at, retryAfterMs, random }: { at: Date; retryAfterMs: number | null; random: number },
): Date | null {
  const wait = waits[attempts]
  if (wait === undefined) return null
  const jittered = wait * (1 - jitter + 2 * jitter * random)
  const asked = Math.min(retryAfterMs ?? 0, longestWaitMs)
  return new Date(at.getTime() + Math.round(Math.max(jittered, asked)))
}
