import { RetryableError } from '@seer/core/basics/errors'
import type { RetryPolicy } from '@seer/core/jobs/define-job'

/**
 * How long a job waits before its next attempt: exponential backoff with full jitter, so that what failed together does
 * not come back together (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). When the other side
 * asked for a pause, the wait is that pause and the jitter on top.
 *
 * @param attemptsMade failed attempts so far, the last one included.
 * @param random from 0 to 1.
 */
export function delayBeforeRetry(policy: RetryPolicy, attemptsMade: number, error: unknown, random: number): number {
  const ceilingMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attemptsMade - 1))
  const askedMs = error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0
  return Math.round(askedMs + ceilingMs * random)
}
