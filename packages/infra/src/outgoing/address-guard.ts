import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { plainHost, privateHosts } from './private-hosts.ts'
import { isPublicAddress } from './public-address.ts'

/** Thrown instead of a connection to where Seer may not connect. */
export class AddressNotAllowed extends Error {}

export type AddressRules = {
  /** True lets every address pass, and http to all of them. */
  anyAddress: boolean
  /** Hosts inside this network that may be connected to: names, addresses, and ranges such as `10.0.0.0/8`. */
  privateHosts: readonly string[]
  /** Whether addresses on the internet must be https. Private hosts that are listed need not. */
  httpsOnly: boolean
}

/** Finds the addresses of a name; `dns.lookup` with `all`. */
export type Resolve = (
  hostname: string,
  options: { all: true; family?: number | 'IPv4' | 'IPv6' | undefined; hints?: number | undefined },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

export type AddressGuard = {
  /** Judges an address as far as its text tells. A name is judged again when it is resolved. @throws AddressNotAllowed */
  check(address: { protocol: string; hostname: string }): void
  /**
   * Resolves names for connections. The addresses that were judged are those that are connected to, so a name that
   * changes its addresses meanwhile gains nothing.
   */
  lookup: LookupFunction
}

/** Decides where Seer may connect to when a caller or a vendor has chosen the address. */
export function addressGuard(rules: AddressRules, resolve: Resolve = lookup): AddressGuard {
  const listed = privateHosts(rules.privateHosts)
  const isFree = (host: string) => rules.anyAddress || listed.has(host)
  return {
    check({ protocol, hostname }) {
      const host = plainHost(hostname)
      if (protocol !== 'https:' && protocol !== 'http:') {
        throw new AddressNotAllowed('only addresses with http or https can be called')
      }
      if (isFree(host)) return
      if (rules.httpsOnly && protocol !== 'https:') throw new AddressNotAllowed(`${host} must be called by https`)
      // The resolver is not asked about addresses. Every resolver has this name for its own machine (RFC 6761 §6.3).
      const isOwnMachine = host === 'localhost' || host.endsWith('.localhost')
      if (isOwnMachine || (ipaddr.isValid(host) && !isPublicAddress(host))) throw insideNetwork(host)
    },
    lookup: (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return callback(error, [])
        const mayBe = (address: string) => isFree(hostname) || isFree(address) || isPublicAddress(address)
        if (!addresses.every(({ address }) => mayBe(address))) return callback(insideNetwork(hostname), [])
        const [first] = addresses
        return options.all || !first ? callback(null, addresses) : callback(null, first.address, first.family)
      })
    },
  }
}

function insideNetwork(host: string): AddressNotAllowed {
  return new AddressNotAllowed(`${host} is, or leads to, an address that is not on the internet`)
}

/** The refusal in what a client has thrown; null when it was something else. */
export function refusalIn(error: unknown): AddressNotAllowed | null {
  if (error instanceof AddressNotAllowed) return error
  return error instanceof Error && error.cause !== undefined ? refusalIn(error.cause) : null
}
