import type { Platform } from './platform.ts'

const zoomHost = /^(.+\.)?zoom\.us$/
const teamsShapes = /^\/(l|v2|meet|dl\/launcher)\//

/**
 * Whether a bot finds a meeting at this URL, by the parsers of the vendor's public bot (Meeting-BaaS/meet-teams-bot,
 * `src/urlParser`). The API takes any URL of a platform. A bot that cannot read it fails with `INVALID_MEETING_URL`.
 */
export function namesMeeting(meetingUrl: string, platform: Platform): boolean {
  return readers[platform](meetingUrl)
}

const readers: Record<Platform, (meetingUrl: string) => boolean> = {
  // The vendor's bot reads the text as it was sent. It refuses capitals, a final slash or a fragment behind the code.
  meet: (meetingUrl) => /meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}(\?.*)?$/.test(meetingUrl),
  zoom: (meetingUrl) => isZoomMeeting(new URL(meetingUrl)),
  teams: (meetingUrl) => isTeamsMeeting(new URL(meetingUrl)),
}

/** At zoom.us the bot needs a number, a token, or the page of an event. Links to other hosts it just opens. */
function isZoomMeeting({ hostname, pathname, searchParams }: URL): boolean {
  if (!zoomHost.test(hostname) || hostname === 'events.zoom.us') return true
  return Boolean(searchParams.get('tk')) || /\d{8}/.test(pathname)
}

function isTeamsMeeting({ hostname, pathname, hash, searchParams }: URL): boolean {
  const path = pathname.toLowerCase()
  if (path.includes('/light-meetings/launch')) return hasCoordinates(hostname, searchParams.get('coords') ?? '')
  if (!hostname.endsWith('teams.live.com'))
    return teamsShapes.test(path) || hash.toLowerCase().includes('/l/meetup-join/')
  if (path.startsWith('/dl/launcher/')) return /\/meet\/\d/.test(searchParams.get('url') ?? '')
  return /\/meet\/./.test(pathname)
}

/** A personal meeting has a code, a meeting of work has a thread, a message and a tenant. */
function hasCoordinates(hostname: string, coords: string): boolean {
  const names = hostname.endsWith('teams.live.com') ? ['meetingCode'] : ['conversationId', 'tenantId', 'messageId']
  try {
    const place = JSON.parse(decodeURIComponent(atob(coords))) as Record<string, unknown>
    return names.every((name) => Boolean(place[name]))
  } catch {
    return false
  }
}
