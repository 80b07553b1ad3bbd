import type { Random } from '../random.ts'
import type { PostResult } from './http-post.ts'

/** Seconds before each webhook attempt, counted from the attempt before (Meeting BaaS docs, api-v2/webhooks). */
const webhookWaits = [0, 5, 10, 5 * 60, 15 * 60, 30 * 60, 2 * 3600]

/** Each wait varies by up to 20 % in both directions. After a 429 or a timeout it is at least a minute. */
const jitter = 0.2
const slowReceiverWait = 60

/** Seconds before each callback attempt (Meeting BaaS docs, api-v2/webhooks, callbacks). */
const callbackWaits = [0, 1, 5, 15]

export const isSuccess = (result: PostResult): boolean =>
  result.status !== null && result.status >= 200 && result.status < 300

/** Virtual ms to wait after the `made`-th attempt of a webhook; undefined when that was the last. */
export function webhookRetryDelay(made: number, result: PostResult, random: Random): number | undefined {
  const wait = webhookWaits[made]
  if (wait === undefined) return undefined
  const varied = wait * (1 - jitter + 2 * jitter * random())
  const slow = result.status === 429 || result.timedOut
  return Math.round((slow ? Math.max(varied, slowReceiverWait) : varied) * 1000)
}

/** Virtual ms to wait after the `made`-th attempt of a callback; undefined when there is no further attempt. */
export function callbackRetryDelay(made: number, result: PostResult): number | undefined {
  const retryable = result.status === null || result.status >= 500
  const wait = callbackWaits[made]
  return retryable && wait !== undefined ? wait * 1000 : undefined
}
