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
  /** A user name or a port stands in it: the host that one reads may not be the one that it leads to. */
  | { code: 'odd_address' }
  /** The host is neither one of the platforms' nor a wrapper that is opened. */
  | { code: 'unknown_host'; host: string }
  | { code: 'not_joinable'; host: string; what: NotJoinable }
  | { code: 'several_meetings'; links: string[] }

export type LinkReading = { ok: true; link: MeetingLink } | { ok: false; problem: LinkProblem }

/**
 * Raised whenever the same text may be read otherwise than before: what was stored of events is then read again with
 * the next sync.
 */
export const linkReaderVersion = 3

const longestText = 50_000
/** Wrappers in wrappers: a mail that was forwarded passes several filters. */
const deepest = 8

/**
 * Reads the meeting link that a text is, or that stands in it, as `readMeetingUrl` does.
 * @returns null when there is none, or more than one; never throws
 */
export function parseMeetingUrl(text: string): MeetingLink | null {
  const reading = readMeetingUrl(text)
  return reading.ok ? reading.link : null
}

/**
 * Reads a text that people or programs give as a meeting's link: the link itself, however wrapped, decorated or
 * spelled, or prose and HTML that hold one. The answer is the one canonical link of Zoom, Google Meet or Microsoft
 * Teams, or why there is none. Never throws; takes time in proportion to the text.
 */
export function readMeetingUrl(text: string): LinkReading {
  if (text.length > longestText) return { ok: false, problem: { code: 'too_long' } }
  const found = findLinks(text).map((link) => ({ ...link, reading: readLink(link) }))
  // One that was cut off to be shown stands before or behind the whole link.
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

/** The passcode stands in one of two links to a meeting, or is cut off in one. */
function opensMore(link: MeetingLink, before: MeetingLink): boolean {
  return link.url.includes('?') && (!before.url.includes('?') || link.url.startsWith(before.url))
}

/** Of several links the one that leads to a platform; a page of a platform that is no meeting says least. */
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
