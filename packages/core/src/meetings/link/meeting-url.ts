import { readMeetLink } from './meet-link.ts'
import { type MeetingLink, type NotJoinable, notJoinable, type PlatformReading } from './meeting-link.ts'
import { openWrapper } from './open-wrappers.ts'
import { type FoundLink, findLinks } from './read-text.ts'
import { readTeamsLink } from './teams-link.ts'
import { readZoomLink } from './zoom-link.ts'

export type { MeetingLink } from './meeting-link.ts'

/** Why a text gives no meeting link. */
export type LinkProblem =
  | { code: 'no_link' }
  | { code: 'too_long' }
  /** The link has a user name or a port. Then the host that a person reads may not be the real one. */
  | { code: 'odd_address' }
  /** The host belongs to no platform, and is not a wrapper that Seer opens. */
  | { code: 'unknown_host'; host: string }
  | { code: 'not_joinable'; host: string; what: NotJoinable }
  | { code: 'several_meetings'; links: string[] }

export type LinkReading = { ok: true; link: MeetingLink } | { ok: false; problem: LinkProblem }

/**
 * Raise this whenever the same text may be read differently than before. The next sync then reads stored events again.
 */
export const linkReaderVersion = 3

const longestText = 50_000
/** How many wrappers may lie in each other. A forwarded mail passes several filters, and each may wrap the link. */
const deepest = 8

/**
 * The meeting link in a text, read by `readMeetingUrl`.
 * @returns null when there is no link, or several meetings; never throws
 */
export function parseMeetingUrl(text: string): MeetingLink | null {
  const reading = readMeetingUrl(text)
  return reading.ok ? reading.link : null
}

/**
 * Reads what people or programs give as the link of a meeting: a link, however it is wrapped, decorated or spelled, or
 * prose or HTML with a link in it. Returns the canonical link to Zoom, Google Meet or Microsoft Teams, or says why
 * there is none. Never throws. The time it takes grows in proportion to the text.
 */
export function readMeetingUrl(text: string): LinkReading {
  if (text.length > longestText) return { ok: false, problem: { code: 'too_long' } }
  const found = findLinks(text).map((link) => ({ ...link, reading: readLink(link) }))
  // HTML often shows a shortened link next to the whole one; only the whole one counts.
  const whole = found.filter(({ reading, isCut }) => 'url' in reading && !isCut)
  const readable = whole.length > 0 ? whole : found.filter(({ reading }) => 'url' in reading)
  const meetings = new Map<string, MeetingLink>()
  for (const { reading } of readable) {
    if (!('url' in reading)) continue
    const before = meetings.get(reading.joinKey)
    if (!before || opensMore(reading, before)) meetings.set(reading.joinKey, reading)
  }
  const [link, ...others] = meetings.values()
  if (!link) return { ok: false, problem: problemIn(found.map(({ reading }) => reading)) }
  if (others.length === 0) return { ok: true, link }
  return { ok: false, problem: { code: 'several_meetings', links: [...meetings.keys()] } }
}

/** A sentence for people that says what is wrong with a link. */
export function explainLink(problem: LinkProblem): string {
  switch (problem.code) {
    case 'no_link':
      return 'There is no link in it.'
    case 'too_long':
      return 'It is too long.'
    case 'odd_address':
      return 'It has a user name or a port, which no meeting link has.'
    case 'unknown_host':
      return `It leads to ${problem.host}, which is not Zoom, Google Meet or Microsoft Teams.`
    case 'not_joinable':
      return `It leads to ${problem.host}. ${notJoinable[problem.what]}`
    case 'several_meetings':
      return `It has links to ${problem.links.length} meetings.`
  }
}

type Reading = MeetingLink | Exclude<LinkProblem, { code: 'several_meetings' }>

function readLink(found: Pick<FoundLink, 'text'>): Reading {
  let text: string | undefined = found.text
  for (let depth = 0; depth < deepest && text !== undefined; depth++) {
    const url = toUrl(text)
    if (!url) return { code: 'no_link' }
    if (url.username || url.password || url.port) return { code: 'odd_address' }
    const opened = openWrapper(url)
    if (opened === null) return readPlatformLink(url)
    if (typeof opened === 'string') return { code: 'not_joinable', host: url.hostname, what: opened }
    text = findLinks(opened.target)[0]?.text
  }
  return { code: 'no_link' }
}

function readPlatformLink(url: URL): Reading {
  const reading: PlatformReading | null = readZoomLink(url) ?? readMeetLink(url) ?? readTeamsLink(url)
  if (reading === null) return { code: 'unknown_host', host: url.hostname }
  return typeof reading === 'string' ? { code: 'not_joinable', host: url.hostname, what: reading } : reading
}

function toUrl(text: string): URL | null {
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  if (url.protocol !== 'https:') return null
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1)
  return url
}

/**
 * Whether a link to the same meeting is better: it has a passcode, or the whole of one that is cut off in the other.
 */
function opensMore(link: MeetingLink, before: MeetingLink): boolean {
  return link.url.includes('?') && (!before.url.includes('?') || link.url.startsWith(before.url))
}

/** The problem to tell of when several links were read. A link to a platform tells most, unless it names no meeting. */
function problemIn(readings: Reading[]): LinkProblem {
  const problems = readings.filter((reading) => 'code' in reading)
  const ofPlatform = problems.filter((problem) => problem.code === 'not_joinable')
  return (
    ofPlatform.find(({ what }) => what !== 'no_meeting') ??
    ofPlatform[0] ??
    problems.find(({ code }) => code === 'unknown_host') ??
    problems.find(({ code }) => code === 'odd_address') ?? { code: 'no_link' }
  )
}
