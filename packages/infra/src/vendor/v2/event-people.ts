/** Reads who is invited to an event. */
import { readAttendees } from '@seer/core/calendars/attendees'
import type { Attendee } from '@seer/core/vendor/calendar-event'
import { readProse } from '../wire/fields.ts'
import { readAnswer, readFlag, readWord } from './event-words.ts'

/** For a field with an address before it is read: X.500 names and lists of addresses are long. */
export const longestAddress = 2_000
const mostAttendees = 1_000

type People = {
  /** Null when the calendar does not tell. */
  attendees: Attendee[] | null
  /** How many entries told nothing. */
  unreadable: number
}

/**
 * Reads the attendees of an event. An entry that cannot be read counts as an unknown person, and so do all entries
 * after the first thousand together. Otherwise a rule about who takes part would overlook them. Rooms and other
 * resources are left out.
 */
export function readPeople(value: unknown): People {
  if (!Array.isArray(value)) return { attendees: null, unreadable: 0 }
  const entries = value.slice(0, mostAttendees).map(readEntry)
  const people = entries.flatMap((entry) => (entry === 'room' ? [] : [entry ?? nobodyKnown(null)]))
  const more = value.length - mostAttendees
  if (more > 0) people.push(nobodyKnown(`${more} more`))
  return { attendees: [...readAttendees(people)], unreadable: entries.filter((entry) => entry === null).length }
}

function nobodyKnown(name: string | null): Attendee {
  return { email: null, name, responseStatus: 'needsAction', organizer: false, self: false }
}

/** Null when the entry tells nothing. */
function readEntry(value: unknown): Attendee | 'room' | null {
  if (typeof value === 'string') return readEntry({ email: value })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  const { email, name, response_status, organizer, self, resource, type } = value as Record<string, unknown>
  if (readFlag(resource) || readWord(type) === 'resource') return 'room'
  const told = {
    email: readText(email, longestAddress),
    name: readText(name, 255),
    responseStatus: readAnswer(response_status),
    organizer: readFlag(organizer) ?? false,
    self: readFlag(self) ?? false,
  }
  return told.email === null && told.name === null && !told.self ? null : told
}

function readText(value: unknown, max: number): string | null {
  return typeof value === 'string' && value.trim() !== '' ? readProse(value.trim(), max) : null
}
