import { RetryableError, SeerError } from '@seer/core/basics/errors'
import { LRUCache } from 'lru-cache'
import type { Logger } from '../observe/logger.ts'

/** The one error that callers of the queue see when its store is at fault. */
export function unavailable(detail: string, cause?: unknown): RetryableError {
  return new RetryableError('SERVICE_UNAVAILABLE', { detail, cause })
}

export function asUnavailable(error: unknown): SeerError {
  if (error instanceof SeerError) return error
  return unavailable(`The queue's store answered with an error: ${messageOf(error)}`, error)
}

/** Errors of sockets can have a code and no message. */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: string; code?: string }
  return message || code || String(error)
}

/** The same trouble is reported by every queue and worker and at every attempt; one line in this time is enough. */
const repeatAfterMs = 30_000

/** Returns a listener that logs an error of the store, but not the same one again and again. */
export function logStoreErrors(log: Logger, backend: string): (error: unknown) => void {
  const justLogged = new LRUCache<string, true>({ max: 100, ttl: repeatAfterMs })
  return (error) => {
    const message = messageOf(error)
    if (justLogged.has(message)) return
    justLogged.set(message, true)
    log.warn({ backend, error: message }, 'queue.store_error')
  }
}
