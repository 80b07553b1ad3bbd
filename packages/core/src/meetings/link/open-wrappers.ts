import type { NotJoinable } from './meeting-link.ts'
import { openProofpoint } from './proofpoint.ts'
import { decode, queryValue } from './query.ts'

/** What was found in a wrapper's link: the link inside, why it cannot be read, or null when there is none. */
type Opened = { target: string } | NotJoinable | null
type Wrapper = { host: RegExp; path?: RegExp; open: (url: URL) => Opened }

const inQuery = (...names: string[]) => {
  return (url: URL): Opened => toTarget(notEncoded(url, names) ?? queryValue(url, ...names))
}

/** The inner link where it was not percent-encoded. The rest of the query and the fragment then belong to it. */
function notEncoded({ search, hash }: URL, names: string[]): string | null {
  const from = /[?&](\w{1,20})=(?=https?:\/\/[^&?]*\?|https?:\/\/[^&]*$)/i.exec(search)
  const isNamed = from?.[1] !== undefined && names.includes(from[1].toLowerCase())
  return isNamed ? decode(search.slice(from.index + from[0].length) + hash) : null
}

const toTarget = (target: string | null | undefined): Opened => (target ? { target } : null)

/** For mail filters whose links hold only a number: nobody but their server knows where they lead. */
const sealed = (): Opened => 'sealed'

/**
 * Services that put a link into a link of their own, as their links look in public. Only these hosts are opened,
 * because anybody can write the link of a meeting into a link to another host.
 */
const wrappers: Wrapper[] = [
  // Microsoft Defender: all regions, the US government's and China's; and its pages at Teams and Outlook.
  { host: /(?:^|\.)safelinks\.protection\.(?:outlook\.com|outlook\.cn|office365\.us)$/, open: inQuery('url') },
  { host: /^statics\.teams\.cdn\.(?:office\.net|live\.net)$/, path: /\/safelinks\//, open: inQuery('url') },
  { host: /^outlook\.(?:office|office365|live|cloud)\.(?:com|microsoft)$/, path: /safelink/, open: inQuery('url') },
  { host: /(?:^|\.)safelink\.emails\.azure\.net$/, path: /^\/redirect/, open: inQuery('destination') },
  // Proofpoint
  {
    host: /^(?:urldefense\.com|urldefense\.us|urldefense\.proofpoint\.com)$/,
    open: (url) => toTarget(openProofpoint(url)),
  },
  // Google, in all countries; Meet's and Hangouts' own
  { host: /^(?:www\.)?google\.(?:[a-z]{2,3}|com?\.[a-z]{2})$/, path: /^\/url$/, open: inQuery('q', 'url') },
  { host: /^(?:meet|hangouts)\.google\.com$/, path: /^\/linkredirect$/, open: inQuery('dest') },
  // Other mail filters: Barracuda, Cisco, Sophos, Trend Micro, Trellix, Symantec, Check Point (Avanan), Mimecast
  { host: /^linkprotect\.cudasvc\.com$/, path: /^\/url$/, open: inQuery('a') },
  { host: /^secure-web\.cisco\.com$/, open: openCisco },
  { host: /(?:^|\.)protection\.sophos\.com$/, open: openSophos },
  { host: /(?:^|\.)trendmicro\.com$/, path: /^\/wis\/clicktime\//, open: inQuery('url') },
  { host: /^protect\d?\.fireeye\.com$/, open: inQuery('u') },
  { host: /^clicktime\.symantec\.com$/, open: inQuery('u') },
  { host: /^(?:url\.avanan\.click|protect\.checkpoint\.com)$/, open: openCheckPoint },
  { host: /(?:^|\.)(?:mimecast\.com|mimecastprotect\.com)$/, path: /^\/s\//, open: sealed },
  // Chats and social networks
  { host: /^slack-redir\.net$/, path: /^\/link$/, open: inQuery('url') },
  { host: /^(?:l|lm)\.(?:facebook|instagram|messenger)\.com$/, open: inQuery('u') },
  { host: /^l\.wl\.co$/, path: /^\/l$/, open: inQuery('u') },
  { host: /^(?:www\.)?linkedin\.com$/, path: /^\/(?:safety\/go|redir\/redirect)/, open: inQuery('url') },
  { host: /^(?:www\.)?youtube\.com$/, path: /^\/redirect$/, open: inQuery('q') },
  { host: /^duckduckgo\.com$/, path: /^\/l\/?$/, open: inQuery('uddg') },
]

/** Opens one wrapper. */
export function openWrapper(url: URL): Opened {
  const wrapper = wrappers.find(({ host, path }) => host.test(url.hostname) && (!path || path.test(url.pathname)))
  return wrapper?.open(url) ?? null
}

/** Like `https://secure-web.cisco.com/TOKEN/https%3A%2F%2F…`. Older links hold only a token. */
function openCisco(url: URL): Opened {
  const encoded = /^\/[^/]+\/(https?%.+)$/is.exec(url.pathname)?.[1]
  return toTarget(queryValue(url, 'url') ?? (encoded && decode(encoded))) ?? 'sealed'
}

/** Like `https://REGION.protection.sophos.com/?d=zoom.us&u=BASE64&…`. Newer links hold no address. */
function openSophos(url: URL): Opened {
  const encoded = queryValue(url, 'u')
  return encoded ? { target: Buffer.from(encoded, 'base64').toString('utf8') } : 'sealed'
}

/** Like `https://url.avanan.click/v2/___https://…___.TOKEN`, sometimes with `r01/` before it or with merged slashes. */
function openCheckPoint(url: URL): Opened {
  const address = url.pathname + url.search
  const from = address.indexOf('/___')
  const to = address.lastIndexOf('___.')
  return from < 0 || to < from + 4 ? null : { target: address.slice(from + 4, to) }
}
