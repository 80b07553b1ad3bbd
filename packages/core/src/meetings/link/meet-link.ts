import type { PlatformReading } from './meeting-link.ts'
import { decodeFully } from './query.ts'

/**
 * Reads a link of Google Meet; null when the host is not Meet's. tel.meet is the page with the numbers to dial; its
 * path is the meeting's code.
 *
 * The bot's own parser wants the code in small letters, without a final slash or a fragment, and refuses other pages of
 * Meet (Meeting-BaaS/meet-teams-bot, `src/urlParser/meetUrlParser.ts`).
 */
export function readMeetLink(url: URL): PlatformReading | null {
  const path = decodeFully(url.pathname).toLowerCase()
  if (url.hostname === 'g.co' && path.startsWith('/meet/')) return 'nickname'
  if (url.hostname !== 'meet.google.com' && url.hostname !== 'tel.meet') return null
  const code = /^\/(?:_meet\/)?([a-z]{3}-[a-z]{4}-[a-z]{3})(?![\w-])/.exec(path)?.[1]
  if (code) return { url: `https://meet.google.com/${code}`, platform: 'meet', joinKey: `meet:${code}` }
  if (path.startsWith('/lookup/')) return 'nickname'
  return path.startsWith('/stream/') ? 'live_stream' : 'no_meeting'
}
