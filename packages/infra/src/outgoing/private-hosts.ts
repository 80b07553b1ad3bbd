import ipaddr from 'ipaddr.js'

/** Hosts inside this network that an operator opens: names, addresses, and ranges of addresses. */
export type PrivateHosts = {
  /** @param host a name, or an address without brackets */
  has(host: string): boolean
}

/** `localhost`, `app.internal`, `10.1.2.3`, `fd00::1`; not `app:3000`. */
const hostPattern = /^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/

/** A host as it is compared: in lower case, without brackets, and without the dot that may end a name. */
export function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

/** Whether a text is a host name, an address, or a range such as `10.0.0.0/8`. */
export function isPrivateHost(text: string): boolean {
  const host = plainHost(text)
  return text.includes('/') ? ipaddr.isValidCIDR(text) : ipaddr.isValid(host) || hostPattern.test(host)
}

/** @param texts each as `isPrivateHost` wants it */
export function privateHosts(texts: readonly string[]): PrivateHosts {
  const names = new Set(texts.filter((text) => !text.includes('/')).map(plainHost))
  const ranges = texts.filter((text) => text.includes('/')).map((text) => ipaddr.parseCIDR(text))
  const isInRange = (host: string) => {
    if (!ipaddr.isValid(host)) return false
    const address = ipaddr.process(host)
    return ranges.some((range) => range[0].kind() === address.kind() && address.match(range))
  }
  return { has: (host) => names.has(plainHost(host)) || isInRange(plainHost(host)) }
}
