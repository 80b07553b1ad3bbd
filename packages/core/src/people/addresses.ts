/**
 * The domains of a rule, ready to be looked up. `acme.com` means only that domain, `*.acme.com` all domains below it.
 */
export type DomainSet = { exact: ReadonlySet<string>; parents: ReadonlySet<string> }

/**
 * A domain in the form in which domains are compared: lower case, international names in ASCII, without what people
 * write around it (`@acme.com`, `*@acme.com`, `https://acme.com/`, `acme.com.`). A leading `*.` stays. A text that is
 * not a domain may come back unchanged; `isDomain` refuses it.
 */
export function normaliseDomain(text: string): string {
  if (isPlainHost.test(text)) return text
  const visible = text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  const [, star = '', host = ''] = /^(?:https?:\/\/|\*?@)?(\*\.)?(.*?)\.?\/?$/.exec(visible.trim().toLowerCase()) ?? []
  return star + toAscii(host)
}

/** Lower case and ASCII already, as nearly all hosts are. */
const isPlainHost = /^[a-z0-9.-]*[a-z0-9]$/

function toAscii(host: string): string {
  if (isPlainHost.test(host)) return host
  // With a character such as `/` or `@` the URL parser would read only a part of the text as the host.
  if (/[\s/?#@:%\\[\]<>^|]/.test(host) || !URL.canParse(`http://${host}`)) return host
  return new URL(`http://${host}`).hostname
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Whether a normalised text is a domain with at least two labels, or `*.` and such a domain. */
export function isDomain(text: string): boolean {
  const host = text.startsWith('*.') ? text.slice(2) : text
  const labels = host.split('.')
  return host.length <= 253 && labels.length >= 2 && labels.every((l) => label.test(l)) && !/^\d+$/.test(labels.at(-1)!)
}

/** Whether a normalised text is a plain e-mail address. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at <= 0 || at > 64 || text.startsWith('/')) return false
  return /^(?:[^\s@",:;<>()[\]\\]+|"[^"\\]+")$/.test(text.slice(0, at)) && isDomain(text.slice(at + 1))
}

/** The domain of an address, in the form in which domains are compared; empty when the text has no `@`. */
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

/** Whether the set holds this domain. For `*.acme.com`: whether it holds all domains below acme.com. */
export function hasDomain({ exact, parents }: DomainSet, domain: string): boolean {
  if (exact.has(domain)) return true
  if (parents.size === 0) return false
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    if (parents.has(domain.slice(dot + 1))) return true
  }
  return false
}
