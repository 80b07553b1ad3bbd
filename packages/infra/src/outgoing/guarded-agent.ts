import { Agent, buildConnector } from 'undici'
import { type AddressRules, addressGuard, type Resolve } from './address-guard.ts'

type Limits = Omit<Agent.Options, 'connect' | 'factory'> & {
  /** How long a connection may take to open. */
  connectMs: number
}

/**
 * The one client for addresses that callers or vendors supply. It judges the address of every connection that it opens,
 * those of redirects among them. A request to an address that is not allowed fails with `AddressNotAllowed`, which may be
 * the cause of what the client throws (`refusalIn`).
 * @param resolve for tests
 */
export function guardedAgent(rules: AddressRules, { connectMs, ...limits }: Limits, resolve?: Resolve): Agent {
  const guard = addressGuard(rules, resolve)
  const connect = buildConnector({ timeout: connectMs, lookup: guard.lookup })
  return new Agent({
    ...limits,
    connect(options, callback) {
      try {
        guard.check(options)
      } catch (error) {
        return callback(error as Error, null)
      }
      return connect(options, callback)
    },
  })
}
