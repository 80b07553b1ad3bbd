import { RetryableError, SeerError } from '@seer/core/basics/errors'
import { LRUCache } from 'lru-cache'
import type { Logger } from '../../observe/logger.ts'

/** The only error that callers of the queue get when its store fails. */
export function unavailable(detail: string, cause?: unknown): RetryableError {
  return new RetryableError('SERVICE_UNAVAILABLE', { detail, cause })
}

/** An error of the queue’s store as one of Seer’s: RetryableError SERVICE_UNAVAILABLE. Seer’s own errors stay. */
export function asUnavailable(error: unknown): SeerError {
  if (error instanceof SeerError) return error
  return unavailable(`The queue's store answered with an error: ${messageOf(error)}`, error)
}

/** The errors of sockets may have a code and no message. */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string }
  return message || code || String(error)
}

/** Every queue and worker reports the same trouble at every attempt. One line in this time is enough. */
const repeatAfterMs = 30_000

/** Returns a listener that logs errors of the store, each message once in 30 s. */
export function logStoreErrors(log: Logger, backend: string): (error: unknown) => void {
  const justLogged = new LRUCache<string, true>({ max: 100, ttl: repeatAfterMs })
  return (error) => {
    const message = messageOf(error)
    if (justLogged.has(message)) return
    justLogged.set(message, true)
    log.warn({ backend, error: message }, 'queue.store_error')
  }
}
