import {
  type LinkProblem,
  type LinkReading,
  type MeetingLink,
  parseMeetingUrl,
  readMeetingUrl,
} from '../meetings/link/meeting-url.ts'
import type { CalendarEvent, EventDetails, ListedEvent } from '../vendor/calendar-event.ts'
import { platforms } from '../vendor/platform.ts'

/** Where an event's link may be. Location and description are known only for events that were read one by one. */
type Texts = Pick<CalendarEvent, 'meetingUrl'> & Partial<Pick<EventDetails, 'location' | 'description'>>

/** An event's link as stored: the canonical link and its platform. When bots cannot join, the vendor's link. */
export type EventLink = Pick<CalendarEvent, 'meetingUrl' | 'platform' | 'joinKey'>

/**
 * Finds the meeting of an event. The vendor's own field counts if a bot can join by it, then the location, then the
 * description: people write the meeting into the location, but descriptions also mention other meetings. A text with
 * several meetings gives none, because nobody can tell which one is meant.
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

/** Whether a problem is about a meeting link. Locations and descriptions are full of other links. */
function isAboutMeeting(problem: LinkProblem): boolean {
  return problem.code === 'several_meetings' || (problem.code === 'not_joinable' && problem.what !== 'no_meeting')
}

/**
 * The link that an event is stored with.
 * @param told what the vendor gives as link; it stands in when no link was found that bots can join by
 */
export function toEventLink(told: Pick<ListedEvent, 'meetingUrl' | 'platform'>, link: MeetingLink | null): EventLink {
  if (link) return { meetingUrl: link.url, platform: link.platform, joinKey: link.joinKey }
  return { meetingUrl: told.meetingUrl, platform: told.platform, joinKey: null }
}

/**
 * The link with its key as this version reads it. The event may have been written with another key. Claims use this
 * one, like claims by hand.
 */
export function asReadNow(link: MeetingLink): MeetingLink {
  return { ...link, joinKey: parseMeetingUrl(link.url)?.joinKey ?? link.joinKey }
}

/** The link of a stored event, as read when the event was written; null when bots cannot join. */
export function linkOf({ meetingUrl: url, joinKey }: Pick<EventLink, 'meetingUrl' | 'joinKey'>): MeetingLink | null {
  if (url === null || joinKey === null) return null
  // Older versions stored the vendor's platform, or none.
  const platform = platforms.find((known) => joinKey.startsWith(`${known}:`))
  return platform ? { url, platform, joinKey } : null
}
