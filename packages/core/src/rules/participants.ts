import { ownEntry, readAttendees, readOrganizer } from '../calendars/attendees.ts'
import { domainOf } from '../people/addresses.ts'
import { isPlainAddress, normaliseEmail } from '../people/read-address.ts'
import type { Attendee, CalendarEvent } from '../vendor/calendar-event.ts'

/** Who takes part in an event, as far as the calendar tells. */
export type Participants = {
  /** People with a known address, without the owner of the calendar; each person once. */
  others: { email: string; domain: string }[]
  /** How many other people are listed without an address. Nobody can say where they are from. */
  unknown: number
  /** The owner's entry among the attendees; null when there is none. */
  self: Attendee | null
  /** Who organises the event. `unknown`: the calendar names somebody without an address. */
  organizer: 'owner' | 'other' | 'unknown'
  /** False when there may be more people than Seer knows of. */
  isComplete: boolean
}

/**
 * Reads who takes part. The owner always does. People who declined do not; rooms, resources and calendars do not
 * either. The organiser takes part even when missing from the attendees, which is usual at Microsoft.
 *
 * An older Seer stored addresses as the calendar wrote them, so they are read again here.
 * @param isOwner whether an address belongs to the owner of the calendar
 */
export function participantsOf(event: CalendarEvent, isOwner: (email: string) => boolean): Participants {
  const attendees = readAttendees(event.attendees ?? [])
  const account = normaliseEmail(event.accountEmail)
  const self = ownEntry(attendees, account, isOwner)
  const owner: Owner = { account, isOwner, hasEntry: self?.email === account }
  const people: Participants = { others: [], unknown: 0, self, organizer: 'owner', isComplete: false }
  for (const attendee of attendees) {
    if (attendee.responseStatus !== 'declined' && !isOwnersEntry(attendee, owner)) add(people, attendee.email)
  }
  addOrganizer(people, event, attendees, owner)
  people.isComplete = event.detailsReadAt !== null && event.attendees !== null
  return people
}

/** The owner of the calendar. `hasEntry`: an attendee has the address of the calendar's account. */
type Owner = { account: string; isOwner: (email: string) => boolean; hasEntry: boolean }

const isOwners = (email: string, { account, isOwner }: Owner): boolean => email === account || isOwner(email)

function isOwnersEntry({ email, self: isFlagged }: Attendee, owner: Owner): boolean {
  return email === null ? isFlagged : isOwners(email, owner) || (isFlagged && !owner.hasEntry)
}

function addOrganizer(
  people: Participants,
  { organizer: told, isOrganizer }: CalendarEvent,
  attendees: readonly Attendee[],
  owner: Owner,
): void {
  const isPlain = told?.email && isPlainAddress(told.email)
  const email = isPlain ? told.email : told && (readOrganizer(told.email, told.name)?.email ?? null)
  if (isOrganizer || (email && isOwners(email, owner))) return
  people.organizer = told !== null && email === null ? 'unknown' : 'other'
  if (told === null) return
  const isListed = attendees.some((each) => (email === null ? each.organizer : each.email === email))
  if (!isListed) add(people, email)
}

/** Google's rooms, secondary calendars and hidden organisers have addresses at or below this domain. */
const isCalendars = (domain: string): boolean =>
  domain.endsWith('calendar.google.com') && /(^|\.)calendar\.google\.com$/.test(domain)

function add(people: Participants, email: string | null): void {
  if (email === null) people.unknown++
  else {
    const domain = domainOf(email)
    if (!isCalendars(domain)) people.others.push({ email, domain })
  }
}

/** Whether the owner declined, by the entry with the account's address, or else by the entry marked as the owner's. */
export function isDeclined({ attendees, accountEmail }: CalendarEvent): boolean {
  if (!attendees?.some(({ responseStatus }) => responseStatus === 'declined')) return false
  return ownEntry(readAttendees(attendees), normaliseEmail(accountEmail))?.responseStatus === 'declined'
}
