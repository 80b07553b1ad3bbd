import { RetryableError } from '@seer/core/basics/errors'

/**
 * PostgreSQL's codes when the same statement may succeed later
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html): connections (08), resources (53), operator
 * intervention and timeouts (57), transactions rolled back because of others (40001, 40003, 40P01), locks that did not
 * become free (55P03), transactions ended for being idle or too long (25P03, 25P04), a standby that takes no writes yet
 * (25006).
 */
const unavailableStates = /^(08|53|57014$|57P|40001$|40003$|40P01$|55P03$|25P03$|25P04$|25006$)/
/** The same in the codes of Node and Prisma (https://www.prisma.io/docs/orm/reference/error-reference). */
const unavailableCodes =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|P1001|P1002|P1008|P1017|P2024|P2028|P2034|P2037)$/
const unavailableTexts =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Can't reach database/i

/** Whether an error of pg or Prisma says that the database cannot answer anything at the moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Object)) return false
  const { code, originalCode, message, cause, meta } = error as Described
  for (const state of [code, originalCode]) {
    if (typeof state === 'string' && (unavailableStates.test(state) || unavailableCodes.test(state))) return true
  }
  if (typeof message === 'string' && unavailableTexts.test(message)) return true
  if (error instanceof AggregateError && error.errors.some(isDatabaseUnavailable)) return true
  return isDatabaseUnavailable(cause) || isDatabaseUnavailable(meta?.driverAdapterError)
}

/** Prisma keeps PostgreSQL's code in `meta`, behind a code of its own. */
type Described = {
  code?: unknown
  originalCode?: unknown
  message?: unknown
  cause?: unknown
  meta?: { driverAdapterError?: unknown }
}

/** Turns "the database is down" into core's error for it. Other errors are returned unchanged. */
export function translateDatabaseError(error: unknown): unknown {
  if (!isDatabaseUnavailable(error)) return error
  return new RetryableError('SERVICE_UNAVAILABLE', {
    detail: 'The database cannot be reached, or is too busy.',
    cause: error,
  })
}

/** The same store, whose methods throw translated errors. */
export function withDatabaseErrors<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        try {
          return await member.apply(target, args)
        } catch (error) {
          throw translateDatabaseError(error)
        }
      }
    },
  })
}
