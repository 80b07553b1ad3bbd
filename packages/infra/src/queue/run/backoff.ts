import { RetryableError } from '@seer/core/basics/errors'
import type { RetryPolicy } from '@seer/core/jobs/define-job'

/**
 * How long a job waits before its next attempt, in milliseconds. The wait grows exponentially and has full jitter, so
 * that jobs that failed together do not come back together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). If the other side asked for a pause, the
 * jitter comes on top of it.
 *
 * @param attemptsMade failed attempts so far, including the last one
 * @param random from 0 to 1
 */
export function delayBeforeRetry(policy: RetryPolicy, attemptsMade: number, error: unknown, random: number): number {
  const ceilingMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attemptsMade - 1))
  const askedMs = error instanceof RetryableError ? (error.retryAfterMs ?? 0) : 0
  return Math.round(askedMs + ceilingMs * random)
}
