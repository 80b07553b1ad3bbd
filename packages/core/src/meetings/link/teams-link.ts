import { readCoordinates } from './light-meeting.ts'
import type { PlatformReading } from './meeting-link.ts'
import { decode, decodeFully, queryValue, readPasscode } from './query.ts'

/** Teams for work, Teams for personal use, and the clouds of governments and countries. */
const hosts = new Set([
  'teams.microsoft.com',
  'teams.cloud.microsoft',
  'teams.live.com',
  'teams.microsoft.us',
  'gov.teams.microsoft.us',
  'dod.teams.microsoft.us',
  'teams.microsoftonline.cn',
  'teams.sovcloud.fr',
])

/** How many links may lie in each other: a launcher, in it the web client's address, in it that address's fragment. */
const deepest = 4

/**
 * Reads a link of Microsoft Teams; null when the host is not Teams'.
 *
 * The meeting may stand in the path, in the fragment of the web client's address (`/_#/meet/…`,
 * `/v2/?meetingjoin=true#/l/…`), in the `url` of a launcher, or in the `coords` of `/light-meetings/launch`.
 */
export function readTeamsLink(url: URL): PlatformReading | null {
  if (url.hostname === 'events.teams.microsoft.com') return 'registration'
  if (!hosts.has(url.hostname)) return null
  const places = placesIn(url)
  for (const place of places) {
    const meeting = readPlace(place, places)
    if (meeting) return meeting
  }
  const paths = places.map(({ pathname }) => pathname.toLowerCase())
  if (paths.some((path) => /^\/l\/(?:channel|chat|team|message|entity|app|file|task)\//.test(path))) return 'chat'
  return paths.some((path) => /^\/(?:registration|webinar)\//.test(path)) ? 'registration' : 'no_meeting'
}

/** The link itself and the links to Teams inside it. */
function placesIn(url: URL, depth = 0): URL[] {
  const inner = [url.hash.slice(1), queryValue(url, 'url') ?? '']
    .map((text) => (/^%(?:25)*2f/i.test(text) ? decode(text) : text))
    .filter((text) => /^(?:\/|%|https:)/i.test(text))
    .filter((text) => URL.canParse(text, url.origin))
    .map((text) => new URL(text, url.origin))
    .filter(({ hostname, protocol }) => hosts.has(hostname) && protocol === 'https:')
  return depth === deepest ? [url] : [url, ...inner.flatMap((place) => placesIn(place, depth + 1))]
}

function readPlace(place: URL, places: URL[]): PlatformReading | null {
  const path = decodeFully(place.pathname)
  // When a launcher's inner link was not encoded, its parameters have become those of the launcher.
  const ask = (name: string) => [place, ...places].map((each) => queryValue(each, name)).find((value) => value !== null)
  const passcode = readPasscode(ask('p') ?? null)
  const id = /^\/(?:v2\/)?meet\/(\d(?:[ -]?\d){8,19})(?![ -]?\d|[a-z_])/i.exec(path)?.[1]
  if (id) return toMeeting(place.hostname, id.replace(/\D/g, ''), passcode)
  const thread = /^\/(?:v2\/)?l\/meetup-join\/([^/?#]{1,400})(?:\/(\d{1,20}))?/i.exec(path)
  if (thread)
    return toThread(place.hostname, { id: thread[1], message: thread[2], ...readContext(ask('context')), passcode })
  const coordinates =
    path.toLowerCase() === '/light-meetings/launch' ? readCoordinates(queryValue(place, 'coords')) : null
  if (coordinates === null) return null
  if ('meetingCode' in coordinates)
    return toMeeting(place.hostname, coordinates.meetingCode, coordinates.passcode ?? passcode)
  return toThread(place.hostname, { ...coordinates, passcode })
}

function toMeeting(host: string, id: string, passcode: string | null): PlatformReading {
  const query = passcode === null ? '' : `?p=${encodeURIComponent(passcode)}`
  return { url: `https://${host}/meet/${id}${query}`, platform: 'teams', joinKey: `teams:${id}` }
}

type Thread = {
  id: string | undefined
  message: string | undefined
  tenantId: string | null
  organizerId: string | null
  isBroadcast?: boolean
  passcode: string | null
}

/**
 * Writes the link as Microsoft does in invitations. Tenant and organiser are part of the address. A thread belongs to
 * Teams for work, even when somebody opened it at teams.live.com, where the bot knows only codes.
 */
function toThread(host: string, { id, message = '0', tenantId, organizerId, isBroadcast, passcode }: Thread) {
  const thread = /^19:[^@\s]+@(?:thread\.\w+|unq\.gbl\.spaces)/i.exec(id ?? '')?.[0]
  if (!thread) return null
  const context = {
    ...(tenantId ? { Tid: tenantId } : {}),
    ...(organizerId ? { Oid: organizerId } : {}),
    ...(isBroadcast ? { IsBroadcastMeeting: true } : {}),
  }
  const query = [
    ...(Object.keys(context).length > 0 ? [`context=${spelled(JSON.stringify(context))}`] : []),
    ...(passcode === null ? [] : [`p=${encodeURIComponent(passcode)}`]),
  ].join('&')
  const at = host === 'teams.live.com' ? 'teams.microsoft.com' : host
  const url = `https://${at}/l/meetup-join/${spelled(thread)}/${message}${query && `?${query}`}`
  return { url, platform: 'teams', joinKey: `teams:${thread.toLowerCase()}/${message}` } as const
}

function spelled(text: string): string {
  return encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
}

/** Finds a field of `{"Tid":"…","Oid":"…"}`. Some programs write it without quotation marks. */
const inContext = (name: string) => new RegExp(`"?\\b${name}"?\\s*:\\s*"?([\\w-]{1,64})`, 'i')
const [tid, oid, broadcast] = ['Tid', 'Oid', 'IsBroadcastMeeting'].map(inContext) as [RegExp, RegExp, RegExp]

function readContext(text: string | undefined | null) {
  const context = decodeFully(text ?? '')
  const ask = (field: RegExp) => field.exec(context)?.[1]?.toLowerCase() ?? null
  return { tenantId: ask(tid), organizerId: ask(oid), isBroadcast: ask(broadcast) === 'true' }
}
