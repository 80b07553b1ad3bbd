import {
  type LinkProblem,
  type LinkReading,
  type MeetingLink,
  parseMeetingUrl,
  readMeetingUrl,
} from '../meetings/link/meeting-url.ts'
import type { CalendarEvent, EventDetails, ListedEvent } from '../vendor/calendar-event.ts'
import { platforms } from '../vendor/platform.ts'

/** Where an event's link may stand. Location and description are known only of events that were read one by one. */
type Texts = Pick<CalendarEvent, 'meetingUrl'> & Partial<Pick<EventDetails, 'location' | 'description'>>

/**
 * An event's link as it is stored: the canonical one with its platform, or what the vendor told of one that bots cannot
 * join.
 */
export type EventLink = Pick<CalendarEvent, 'meetingUrl' | 'platform' | 'joinKey'>

/**
 * The meeting that an event is held in. The vendor's own field counts if a bot can join by it, then the location, then
 * the description: people write the room where it belongs, and descriptions tell of other meetings, too. A text that
 * names several meetings gives none: nobody can tell which of them is meant.
 */
export function readEventLink({ meetingUrl, location, description }: Texts): LinkReading {
  const readings: LinkReading[] = []
  for (const text of [meetingUrl, location, description]) {
    const reading = readMeetingUrl(text ?? '')
    if (reading.ok) return reading
    readings.push(reading)
    if (reading.problem.code === 'several_meetings') break
  }
  const [ofField, ...ofTexts] = readings.flatMap((reading) => (reading.ok ? [] : [reading.problem]))
  return { ok: false, problem: ofTexts.find(isAboutMeeting) ?? ofField ?? { code: 'no_link' } }
}

/** Locations and descriptions are full of links to other things. */
function isAboutMeeting(problem: LinkProblem): boolean {
  return problem.code === 'several_meetings' || (problem.code === 'not_joinable' && problem.what !== 'no_meeting')
}

export function toEventLink(told: Pick<ListedEvent, 'meetingUrl' | 'platform'>, link: MeetingLink | null): EventLink {
  if (link) return { meetingUrl: link.url, platform: link.platform, joinKey: link.joinKey }
  return { meetingUrl: told.meetingUrl, platform: told.platform, joinKey: null }
}

/**
 * A link with its key as it is read now, which may be another than when its event was written. Claims go by it, as
 * those by hand do.
 */
export function asReadNow(link: MeetingLink): MeetingLink {
  return { ...link, joinKey: parseMeetingUrl(link.url)?.joinKey ?? link.joinKey }
}

/** The link of a stored event, as it was read when the event was written; null when bots cannot join. */
export function linkOf({ meetingUrl: url, joinKey }: Pick<EventLink, 'meetingUrl' | 'joinKey'>): MeetingLink | null {
  if (url === null || joinKey === null) return null
  // Older versions stored the platform as the vendor told it, or did not.
  const platform = platforms.find((known) => joinKey.startsWith(`${known}:`))
  return platform ? { url, platform, joinKey } : null
}
