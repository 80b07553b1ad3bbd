import type { Overrides } from '../../src/planning/decide-gathering.ts'
import type { Booking } from '../../src/planning/same-gathering.ts'
import { RecordingRules } from '../../src/rules/rules.ts'
import type { Attendee, CalendarEvent } from '../../src/vendor/calendar-event.ts'
import { at } from '../meetings/builders.ts'
import type { PlanInput } from './plan-recordings.ts'

/** The owner of the calendar in these tests. */
export const ines = 'ines@acme.test'

export function attendee(email: string, changes: Partial<Attendee> = {}): Attendee {
  const self = email === ines
  return { email, name: null, responseStatus: 'accepted', organizer: self, self, ...changes }
}

/** An event of Ines and one colleague, an hour from noon, with details. */
export function anEvent(changes: Partial<CalendarEvent> = {}): CalendarEvent {
  const id = changes.id ?? 'event'
  return {
    id,
    seriesId: id,
    isRecurring: false,
    isException: false,
    title: 'Weekly planning',
    startTime: at(60),
    endTime: at(90),
    status: 'confirmed',
    meetingUrl: 'https://meet.google.com/abc-defg-hij',
    platform: 'meet',
    botScheduled: false,
    description: null,
    location: null,
    timezone: null,
    isAllDay: false,
    organizer: { email: ines, name: 'Ines Okafor' },
    attendees: [attendee(ines), attendee('bo@acme.test')],
    integrationId: 'integration',
    userId: 'ines',
    provider: 'google',
    calendarId: 'calendar',
    accountEmail: ines,
    isOrganizer: true,
    joinKey: 'meet:abc-defg-hij',
    removedAt: null,
    detailsReadAt: at(0),
    createdAt: at(-600),
    updatedAt: at(-600),
    ...changes,
  }
}

/** An event without details: Seer knows it only from the list. */
export function aListedEvent(changes: Partial<CalendarEvent> = {}): CalendarEvent {
  return anEvent({ organizer: null, attendees: null, isOrganizer: false, detailsReadAt: null, ...changes })
}

/** An event that somebody else organises. */
export function anInvitation(from: string, changes: Partial<CalendarEvent> = {}): CalendarEvent {
  const attendees = [attendee(from, { organizer: true }), attendee(ines, { organizer: false })]
  return anEvent({ organizer: { email: from, name: null }, attendees, isOrganizer: false, ...changes })
}

/** Rules that record everything, with these changes as a caller would send them. */
export function someRules(changes: Record<string, unknown> = {}): RecordingRules {
  return RecordingRules.parse({ enabled: true, ...changes })
}

export function aBooking(changes: Partial<Booking> = {}): Booking {
  const booking = { meetingId: 'm1', userId: 'ines', joinKey: 'meet:abc-defg-hij', eventId: null, isOver: false }
  const startsAt = changes.startsAt ?? at(60)
  return {
    ...booking,
    startsAt,
    endsAt: null,
    joinsAt: startsAt,
    hasStarted: false,
    isShared: false,
    joinUrl: 'https://meet.google.com/abc-defg-hij',
    uninvited: [],
    failure: null,
    ...changes,
  }
}

export const noOverrides: Overrides = { events: new Map(), series: new Map() }

/** The input of a plan for these events, at noon, by rules that record everything. */
export function aPlan(events: CalendarEvent[], changes: Partial<PlanInput> = {}): PlanInput {
  const fixed = { accountEmails: [ines], overrides: noOverrides, bookings: [], capacity: null, now: at(0) }
  return { events, rules: someRules(), ...fixed, ...changes }
}
