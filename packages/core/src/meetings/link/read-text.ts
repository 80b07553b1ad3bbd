import { decodeHTMLStrict } from 'entities'
import { decode, trimEnd } from './query.ts'

/** A link as it stands in a text. */
export type FoundLink = {
  text: string
  /** An ellipsis follows: the program that showed the link cut it off. */
  isCut: boolean
}

/** Zero-width characters, direction marks and soft hyphens. Word processors and chats leave them in links. */
const invisible = /\p{Default_Ignorable_Code_Point}/gu

/**
 * Splits a text at what no link holds: spaces, brackets, quotation marks, punctuation beyond ASCII (but not full
 * stops).
 */
const words = /[^\s<>"'`\\|^[\](){}]+/g
const between = /(?![\u3002\uff0e\uff61])(?=[^\0-\x7f])[\p{P}\p{S}\p{Z}]/u
const beyondAscii = /[^\0-\x7f]/

const scheme = /(?:https?(?::|%(?:25){0,3}3a)|zoommtg:|zoomus:|msteams:)/i
/** A label right before a link, as in `Link:https://…` or `**https://…**`. The label is not a link itself. */
const before = new RegExp(`^[^/?#@.%]{0,40}?(?=${scheme.source})`, 'i')
const bareHost = /^[-*_~:;,.!/]{0,10}((?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\.?\/)/i

/**
 * The links in a text, in order. They may stand in prose or HTML, in brackets or quotation marks, without a scheme,
 * with entities, or percent-encoded as a whole. A link inside the query of another link is not listed.
 */
export function findLinks(text: string): FoundLink[] {
  const found: FoundLink[] = []
  // Most descriptions hold nothing like a link.
  if (!/[/%]|&#|&sol/i.test(text)) return found
  for (const [run] of tidy(text).matchAll(words)) {
    if (!run.includes('/') && !run.includes('%')) continue
    for (const word of beyondAscii.test(run) ? run.split(between) : [run]) {
      const link = toLink(word)
      if (link) found.push(link)
    }
  }
  return found
}

function tidy(text: string): string {
  const readable = decodeEntities(unescape(text))
  const visible = beyondAscii.test(readable) ? inAscii(readable) : readable
  return (visible.includes('<') ? visible.replace(/<wbr\s?\/?>/gi, '') : visible).replace(
    /\bcontext=(\{[^{}<>]{0,300}\})/gi,
    (_, context: string) => `context=${encodeURIComponent(context)}`,
  )
}

function inAscii(text: string): string {
  return text
    .replace(invisible, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/\u2026/g, '...')
}

/** Decodes up to three times. Entities without a semicolon stay: `&not` may begin a name in a query. */
function decodeEntities(text: string): string {
  let decoded = text
  for (let i = 0; i < 3 && decoded.includes('&'); i++) decoded = decodeHTMLStrict(decoded)
  return decoded
}

/** Undoes `https:\/\/` and `\u0026` of JSON, and `\?` of shells. */
function unescape(text: string): string {
  if (!text.includes('\\')) return text
  return text
    .replace(/\\u00([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\([/?=&])/g, '$1')
}

function toLink(word: string): FoundLink | null {
  const given = startingAtLink(word)
  if (given === null) return null
  const isCut = given.text.endsWith('...')
  const text = trimEnd(given.text, given.isMarked ? '.,;:!?*_~' : '.,;:!?*')
  return { text: toHttps(decodeWhole(text)), isCut }
}

function startingAtLink(word: string): { text: string; isMarked: boolean } | null {
  if (/^https?:\/\//i.test(word)) return { text: word, isMarked: false }
  const label = before.exec(word)?.[0]
  if (label !== undefined) return { text: word.slice(label.length), isMarked: /[*_~]$/.test(label) }
  const host = bareHost.exec(word)
  return host?.[1] === undefined
    ? null
    : { text: `https://${word.slice(host[0].length - host[1].length)}`, isMarked: false }
}

/** Decodes a link that was percent-encoded from its beginning, up to four times. */
function decodeWhole(text: string): string {
  let link = text
  for (let i = 0; i < 4 && /^https?(?::%|%)/i.test(link); i++) link = decode(link)
  return link
}

function toHttps(text: string): string {
  const link = text
    .replace(/^(?:zoommtg|zoomus):\/*/i, 'https://')
    .replace(/^msteams:\/*(?=(?:l|meet|_)\/)/i, 'https://teams.microsoft.com/')
    .replace(/^msteams:\/*/i, 'https://')
  // Some people write the scheme twice.
  return link.replace(/^(?:https?:\/*){1,4}/i, 'https://')
}
