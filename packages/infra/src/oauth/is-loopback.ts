/**
 * Whether a URL leads to this machine. Nobody can listen in between, so plain http is good enough. RFC 6761 section 6.3
 * keeps all names under `localhost` on the machine.
 */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname) || /^(.+\.)?localhost$/.test(hostname)
}
