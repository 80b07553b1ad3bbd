export const platforms = ['zoom', 'meet', 'teams'] as const
export type Platform = (typeof platforms)[number]

export type MeetingLink = {
  /** The link to join by: https, otherwise as given (passcodes live in its query). */
  url: string
  platform: Platform
  /** Equal for all spellings of one meeting, such as `zoom:123456789`; holds no passcode. */
  joinKey: string
}

const longestUrl = 2_048

/**
 * Reads a meeting link of Zoom, Google Meet or Microsoft Teams in the forms that these services hand out.
 * @returns null when it is anything else; never throws.
 */
export function parseMeetingUrl(text: string): MeetingLink | null {
  const trimmed = text.trim()
  if (trimmed.length > longestUrl || !URL.canParse(trimmed)) return null
  const url = new URL(trimmed)
  if (!['https:', 'http:'].includes(url.protocol) || url.username || url.password || url.port) return null
  url.protocol = 'https:'
  const meeting = zoomMeeting(url) ?? meetMeeting(url) ?? teamsMeeting(url)
  return meeting && { url: url.href, ...meeting }
}

type Identity = Pick<MeetingLink, 'platform' | 'joinKey'>

/** zoom.us, company and government hosts: /j/ID, /w/ID, /s/ID, /wc/ID/join, /wc/join/ID and personal links /my/name. */
function zoomMeeting(url: URL): Identity | null {
  if (!/(^|\.)zoom(gov)?\.(us|com)$/.test(url.hostname)) return null
  const id = /^\/(?:j|w|s|wc\/join|wc)\/(\d{9,12})(?:\/|$)/.exec(url.pathname)?.[1]
  if (id) return { platform: 'zoom', joinKey: `zoom:${id}` }
  const personal = /^\/my\/([\w.-]{3,})\/?$/.exec(url.pathname)?.[1]
  return personal ? { platform: 'zoom', joinKey: `zoom:my/${personal.toLowerCase()}` } : null
}

/** meet.google.com/abc-defg-hij, and /lookup/name of Google Workspace. */
function meetMeeting(url: URL): Identity | null {
  if (url.hostname !== 'meet.google.com') return null
  const code = /^\/([a-z]{3}-[a-z]{4}-[a-z]{3})\/?$/i.exec(url.pathname)?.[1]
  if (code) return { platform: 'meet', joinKey: `meet:${code.toLowerCase()}` }
  const name = /^\/lookup\/([\w.-]+)\/?$/.exec(url.pathname)?.[1]
  return name ? { platform: 'meet', joinKey: `meet:lookup/${name.toLowerCase()}` } : null
}

const teamsHosts = new Set([
  'teams.microsoft.com',
  'teams.cloud.microsoft',
  'teams.live.com',
  'gov.teams.microsoft.us',
  'dod.teams.microsoft.us',
])

/** /meet/ID of work and personal Teams, and /l/meetup-join/THREAD/MESSAGE, bare or inside a launcher link. */
function teamsMeeting(url: URL): Identity | null {
  if (!teamsHosts.has(url.hostname)) return null
  const places = [url.pathname, url.hash.slice(1), url.searchParams.get('url') ?? '']
  for (const place of places) {
    const id = /^\/meet\/(\d{9,})(?:[/?]|$)/.exec(place)?.[1]
    if (id) return { platform: 'teams', joinKey: `teams:${id}` }
    const thread = /\/l\/meetup-join\/([^/?#]+)(?:\/(\d+))?/.exec(place)
    const threadId = thread?.[1] && decode(thread[1])
    if (threadId && /^19:.+@(thread\.\w+|unq\.gbl\.spaces)$/i.test(threadId)) {
      return { platform: 'teams', joinKey: `teams:${threadId.toLowerCase()}/${thread?.[2] ?? '0'}` }
    }
  }
  return null
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
