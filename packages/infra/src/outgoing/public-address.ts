import ipaddr from 'ipaddr.js'

/**
 * An address like any other by its range, but Azure's virtual machines reach the services of their host under it, with
 * credentials among them. Source: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const azureHost = '168.63.129.16'

/** Only these addresses of IPv6 are given to anybody. Source: https://www.iana.org/assignments/ipv6-unicast-address-assignments */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an address is on the internet. Addresses of this machine, of private networks, of cloud metadata services and of
 * tests are not, and neither are they when written as IPv6.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast' || parsed.toString() === azureHost) return false
  // `::127.0.0.1`, an old way to write an address of IPv4, counts as unicast otherwise.
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast)
}
