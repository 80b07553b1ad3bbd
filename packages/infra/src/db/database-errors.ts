import { RetryableError } from '@seer/core/errors'

/** PostgreSQL SQLSTATE classes and Node codes that mean: the database cannot be used now, but may be later. */
const unavailableStates = /^(08|53|57P|25006$)/
const unavailableCodes =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|P1001|P1002|P1008|P1017|P2024|P2037)$/
const unavailableTexts =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Can't reach database/i

/** Whether an error of pg or Prisma says that the database cannot be reached or takes no queries at the moment. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (let e = error; e instanceof Object; e = (e as { cause?: unknown }).cause) {
    const { code, originalCode, message } = e as { code?: unknown; originalCode?: unknown; message?: unknown }
    for (const state of [code, originalCode]) {
      if (typeof state === 'string' && (unavailableStates.test(state) || unavailableCodes.test(state))) return true
    }
    if (typeof message === 'string' && unavailableTexts.test(message)) return true
    if (e instanceof AggregateError && e.errors.some(isDatabaseUnavailable)) return true
  }
  return false
}

/** Turns "the database is down" into the error that the core knows; other errors stay what they are. */
export function translateDatabaseError(error: unknown): unknown {
  if (!isDatabaseUnavailable(error)) return error
  return new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The database cannot be reached.', cause: error })
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
