/** Domains of a rule made ready to be looked up: `acme.com` is only that domain, `*.acme.com` everything below it. */
export type DomainSet = { exact: ReadonlySet<string>; parents: ReadonlySet<string> }

/**
 * A domain as it is compared: lower case, international names in ASCII, without what people write around it
 * (`@acme.com`, `*@acme.com`, `https://acme.com/`, `acme.com.`); a leading `*.` stays. What is no domain comes back as
 * it is, for `isDomain` to refuse.
 */
export function normaliseDomain(text: string): string {
  if (isPlainHost.test(text)) return text
  const visible = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  const [, star = '', host = ''] = /^(?:https?:\/\/|\*?@)?(\*\.)?(.*?)\.?\/?$/.exec(visible.trim().toLowerCase()) ?? []
  return star + toAscii(host)
}

/** In lower case and ASCII, as nearly all are. */
const isPlainHost = /^[a-z0-9.-]*[a-z0-9]$/

function toAscii(host: string): string {
  if (isPlainHost.test(host)) return host
  // What means something in a URL would not be read as a part of the host.
  if (/[\s/?#@:%\\[\]<>^|]/.test(host) || !URL.canParse(`http://${host}`)) return host
  return new URL(`http://${host}`).hostname
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Whether this normalised text is a domain with at least two labels, or `*.` and such a domain. */
export function isDomain(text: string): boolean {
  const host = text.startsWith('*.') ? text.slice(2) : text
  const labels = host.split('.')
  return host.length <= 253 && labels.length >= 2 && labels.every((l) => label.test(l)) && !/^\d+$/.test(labels.at(-1)!)
}

/** Whether this normalised text is a plain e-mail address. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at <= 0 || at > 64 || text.startsWith('/')) return false
  return /^(?:[^\s@",:;<>()[\]\\]+|"[^"\\]+")$/.test(text.slice(0, at)) && isDomain(text.slice(at + 1))
}

/** The domain of an address, to be compared; empty when it has none. */
export function domainOf(email: string): string {
  const at = email.lastIndexOf('@')
  if (at === -1) return ''
  const host = email.slice(at + 1)
  return isPlainHost.test(host) ? host : normaliseDomain(host)
}

export function domainSet(domains: readonly string[]): DomainSet {
  const parents = domains.filter((domain) => domain.startsWith('*.')).map((domain) => domain.slice(2))
  return { exact: new Set(domains.filter((domain) => !domain.startsWith('*.'))), parents: new Set(parents) }
}

/** Whether the set has this domain. Asked for `*.acme.com`: whether it has everything below acme.com. */
export function hasDomain({ exact, parents }: DomainSet, domain: string): boolean {
  if (exact.has(domain)) return true
  if (parents.size === 0) return false
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    if (parents.has(domain.slice(dot + 1))) return true
  }
  return false
}
