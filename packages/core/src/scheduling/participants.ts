import type { Attendee, CalendarEvent } from '../calendars/calendar-event.ts'
import { domainOf } from './addresses.ts'

/** Who takes part in an event, as far as the calendar tells. */
export type Participants = {
  /** Everybody but the calendar's owner; the vendor names nobody twice. */
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
  const { attendees, organizer, accountEmail, detailsReadAt } = event
  const others: Participants['others'] = []
  let self: Attendee | null = null
  let hasOrganizer = organizer === null || event.isOrganizer || isOwner(organizer.email)
  for (const attendee of attendees ?? []) {
    const { email } = attendee
    hasOrganizer ||= email === organizer?.email
    if (attendee.self) self = attendee
    else if (email === accountEmail) self ??= attendee
    else if (attendee.responseStatus !== 'declined' && !isOwner(email)) add(others, email)
  }
  if (organizer && !hasOrganizer && organizer.email !== accountEmail) add(others, organizer.email)
  return { others, self, isComplete: detailsReadAt !== null && attendees !== null }
}

/** Rooms, secondary calendars and hidden organisers of Google have addresses below this domain. */
const isCalendars = (domain: string): boolean =>
  domain.endsWith('calendar.google.com') && /(^|\.)calendar\.google\.com$/.test(domain)

function add(people: Participants['others'], email: string): void {
  const domain = domainOf(email)
  if (!isCalendars(domain)) people.push({ email, domain })
}

/** Whether the owner declined the event. */
export function isDeclined(event: CalendarEvent): boolean {
  return event.attendees?.some(({ self, responseStatus }) => self && responseStatus === 'declined') ?? false
}
