import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Thrown instead of a connection to an address inside this network. */
export class AddressNotAllowed extends Error {
  constructor(host: string) {
    super(`${host} is, or leads to, an address that is not on the internet`)
  }
}

export type AddressRules = {
  /** True lets every address pass. */
  anyAddress: boolean
  /** Hosts that may be inside this network, in lower case. */
  allowedHosts: readonly string[]
}

/**
 * Whether an address is on the internet. Addresses of this machine, of private networks, of cloud metadata services
 * (link-local) and of tests are not, and neither are they when written as IPv6.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

/** Whether the host of a link may be connected to as far as its text tells. Names are judged by `guardedLookup`. */
export function mayTry(hostname: string, rules: AddressRules): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (rules.anyAddress || rules.allowedHosts.includes(host)) return true
  // The resolver is not asked about these.
  return !ipaddr.isValid(host) || isPublicAddress(host)
}

/**
 * Resolves names for connections. The address that was judged is the one that is connected to, so a name that changes its
 * address meanwhile gains nothing.
 */
export function guardedLookup(rules: AddressRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const isAllowed = rules.anyAddress || rules.allowedHosts.includes(hostname.toLowerCase())
      const wrong = isAllowed ? undefined : addresses.find(({ address }) => !isPublicAddress(address))
      if (wrong) return callback(new AddressNotAllowed(hostname), [])
      const [first] = addresses
      return options.all || !first ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}
