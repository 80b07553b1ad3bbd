import type { PlatformReading } from './meeting-link.ts'
import { decodeFully, queryValue, readPasscode } from './query.ts'

/** Zoom's own hosts: worldwide, for the US government, for China, and Deutsche Telekom's Zoom X. */
const hosts = /(?:^|\.)(zoom\.us|zoom\.com|zoomgov\.com|zoom\.com\.cn|zoom-x\.de)$/

/** A meeting's number, perhaps in groups as people write it, and not part of a longer word. */
const id = String.raw`(\d(?:[ -]?\d){8,11})(?![ -]?\d|[a-z_])`
/** The paths with the number: of the web, the apps, invitations, and the pages for chat and Skype. */
const withId = new RegExp(String.raw`^/(?:j|w|s|wc|wc/join|meetings?|meeting/join|launch/j[a-z]?|skype|webinar)/${id}`)
const registration = /^\/(?:webinar|meetings?)\/register(?:\/|$)/

/**
 * Reads a link of Zoom; null when the host is not Zoom's.
 *
 * At zoom.us the bot takes the number and the passcode from the link and opens Zoom's web client with them; at other
 * hosts it opens the link as it is. People who had to register have a link with their own token (`tk`). Without it the
 * bot stops at the registration page (Meeting-BaaS/meet-teams-bot, `src/urlParser/zoomUrlParser.ts`). So the token
 * opens the meeting like a passcode, and stays in the link.
 */
export function readZoomLink(url: URL): PlatformReading | null {
  const [, domain] = hosts.exec(url.hostname) ?? []
  if (!domain) return null
  const path = decodeFully(url.pathname)
  const lower = path.toLowerCase()
  if (registration.test(lower)) return 'registration'
  if (lower.startsWith('/rec/')) return 'recording'
  if (url.hostname.startsWith('events.')) return readEventLink(url, path)
  const given = withId.exec(lower)?.[1] ?? idInQuery(url, lower)
  if (given) return toMeeting(url, hostOf(url, domain), given.replace(/\D/g, ''))
  const name = /^\/my\/([\w.-]{3,60})/.exec(lower)?.[1]
  return name ? toPersonal(url, hostOf(url, domain), name) : 'no_meeting'
}

/**
 * Reads the page of a person, which leads to their personal room. At zoom.us the bot needs the number of the room and
 * refuses a link without it.
 */
function toPersonal(url: URL, host: string, name: string): PlatformReading {
  if (/(?:^|\.)zoom\.us$/.test(host)) return 'personal'
  const address = `https://${host}/my/${name}`
  return { url: address + queryOf(['pwd', passcodeOf(url)]), platform: 'zoom', joinKey: `zoom:my/${name}` }
}

/** The number in a link of the apps, such as `zoommtg://zoom.us/join?confno=ID&pwd=…`. */
function idInQuery(url: URL, path: string): string | undefined {
  if (!/^\/(?:join|start)\/?$/.test(path)) return undefined
  return new RegExp(`^${id}`).exec(queryValue(url, 'confno') ?? '')?.[1]
}

function toMeeting(url: URL, host: string, meetingId: string): PlatformReading {
  const token = /^[\w.~-]+/.exec(queryValue(url, 'tk') ?? '')?.[0] ?? null
  const query = queryOf(['tk', token], ['pwd', passcodeOf(url)])
  const link = `https://${host}/${token ? 'w' : 'j'}/${meetingId}${query}`
  return { url: link, platform: 'zoom', joinKey: `zoom:${meetingId}` }
}

/** The bot knows zoom.us but not zoom.com, its other name. `app` and `www` are not names of customers. */
function hostOf({ hostname }: URL, domain: string): string {
  const company = hostname.slice(0, -domain.length).replace(/^(?:app|www)\.$/, '')
  return company + (domain === 'zoom.com' ? 'zoom.us' : domain)
}

/** `events.zoom.us/ejl/ID` leads the person whom it was made for into the web client. */
function readEventLink(url: URL, path: string): PlatformReading {
  const event = /^\/ejl\/([\w-]{4,200})/i.exec(path)?.[1]
  if (!event) return 'registration'
  return { url: `https://${url.hostname}/ejl/${event}`, platform: 'zoom', joinKey: `zoom:ejl/${event}` }
}

function passcodeOf(url: URL): string | null {
  return readPasscode(queryValue(url, 'pwd', 'password'))
}

function queryOf(...parts: [name: string, value: string | null][]): string {
  const given = parts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`)
  return given.length === 0 ? '' : `?${given.join('&')}`
}
