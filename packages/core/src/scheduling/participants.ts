import type { Attendee, CalendarEvent } from '../calendars/calendar-event.ts'
import { domainOf } from './addresses.ts'

/** Who takes part in an event, as far as the calendar tells. */
export type Participants = {
  /** Everybody but the calendar's owner. */
  others: { email: string; domain: string }[]
  /** The owner's entry; null without one. */
  self: Attendee | null
  /** False when there may be more people than we know of. */
  isComplete: boolean
}

/**
 * Reads who takes part. The owner always does. Whoever declined does not, nor do rooms, resources and calendars. The
 * organiser does even when missing among the attendees, which is usual at Microsoft.
 * @param isOwner whether this is an address of the calendar's owner
 */
export function participantsOf(event: CalendarEvent, isOwner: (email: string) => boolean): Participants {
  const { attendees, organizer, detailsReadAt } = event
  const others = new Map<string, string>()
  let self: Attendee | null = null
  const declined = new Set<string>()
  for (const attendee of attendees ?? []) {
    if (attendee.self || attendee.email === event.accountEmail) self = attendee.self ? attendee : (self ?? attendee)
    else if (attendee.responseStatus === 'declined') declined.add(attendee.email)
    else if (!isOwner(attendee.email)) add(others, attendee.email)
  }
  const organizerIsSelf = event.isOrganizer || organizer === null || isOwner(organizer.email)
  if (!organizerIsSelf && !declined.has(organizer.email) && organizer.email !== self?.email)
    add(others, organizer.email)
  return {
    others: [...others].map(([email, domain]) => ({ email, domain })),
    self,
    isComplete: detailsReadAt !== null && attendees !== null,
  }
}

/** Rooms, secondary calendars and hidden organisers of Google have addresses below this domain. */
const calendarDomain = /(^|\.)calendar\.google\.com$/

function add(people: Map<string, string>, email: string): void {
  if (people.has(email)) return
  const domain = domainOf(email)
  if (!calendarDomain.test(domain)) people.set(email, domain)
}

/** Whether the owner declined the event. */
export function isDeclined(event: CalendarEvent): boolean {
  return event.attendees?.some(({ self, responseStatus }) => self && responseStatus === 'declined') ?? false
}
