import { sameMeetingWindowMs } from '../meetings/meeting-store.ts'
import { mayEnter } from '../meetings/sharing/sharing.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

/** A bot that is booked or was sent, of whatever user the caller lets the event's user share bots with. */
export type Booking = {
  meetingId: string
  userId: string
  joinKey: string
  /** The event that the bot was booked for; null when it was ordered by hand. */
  eventId: string | null
  /** When its gathering begins: the start of the event as booked, or else the time when the bot was told to join. */
  startsAt: Date
  /** When its gathering ends, as far as known; for a bot that has left, when it left. */
  endsAt: Date | null
  /** When the bot joins, as it is booked. */
  joinsAt: Date
  /** Whether the vendor has started the bot. */
  hasStarted: boolean
  /** Whether the bot has left for good. */
  isOver: boolean
  /** Whether other users share it. */
  isShared: boolean
  /** The link that the bot joins by. */
  joinUrl: string
  /** For another user's bot: links of users who ordered it by hand and have no event of its gathering. */
  uninvited: readonly string[]
  /** Why a bot failed before it was in the gathering: the error code, and the vendor's words if there are any. */
  failure: string | null
  /** Events for which a refused bot does not count: they want a different bot by now, or their user asked once more. */
  orderedAnewFor?: ReadonlySet<string>
}

/** From when until when something lasts, in milliseconds since 1970. */
export type Span = { from: number; until: number }

export const spanOfEvent = ({ startTime, endTime }: CalendarEvent): Span => {
  return { from: startTime.getTime(), until: endTime.getTime() }
}
const spanOfBooking = ({ startsAt, endsAt }: Booking): Span => {
  return { from: startsAt.getTime(), until: (endsAt ?? startsAt).getTime() }
}

/** Whether two begin at about the same time. */
export const isNear = (a: Span, b: Span): boolean => Math.abs(a.from - b.from) <= sameMeetingWindowMs
/** An event that ends when the next begins does not overlap with it: people meet in one room all day. */
export const overlap = (a: Span, b: Span): boolean => {
  const [first, second] = a.from <= b.from ? [a, b] : [b, a]
  return second.from < first.until
}

/** Whether two events with one join key are one gathering: they begin at about the same time, or overlap. */
export function isSameGathering(a: CalendarEvent, b: CalendarEvent): boolean {
  const [x, y] = [spanOfEvent(a), spanOfEvent(b)]
  // An all-day event would take in every other event of that day in the same room.
  return isNear(x, y) || (!a.isAllDay && !b.isAllDay && overlap(x, y))
}

/** Whether the passcode keeps the event's user from sharing the bot; a user with an event is invited. */
function lets({ userId, joinUrl, uninvited }: Booking, event: CalendarEvent): boolean {
  if (userId === event.userId || uninvited.length === 0 || event.meetingUrl === null) return true
  return mayEnter({ meetingUrl: event.meetingUrl, isInvited: true }, { joinUrl, uninvited })
}

/**
 * Whether a booking with the event's join key is for the event's gathering. A bot that has left is not for a later
 * gathering in the same room: it must have begun with the event, or have been there for the event or at the user's
 * order. Another user's bot is not for a gathering that only overlaps: it may come too late, and record what is not
 * this user's.
 */
export function isForEvent(booking: Booking, event: CalendarEvent): boolean {
  if (booking.orderedAnewFor?.has(event.id)) return false
  const [a, b] = [spanOfBooking(booking), spanOfEvent(event)]
  if (!lets(booking, event)) return false
  if (isNear(a, b)) return true
  if (booking.userId !== event.userId) return false
  if (event.isAllDay && booking.eventId !== event.id) return false
  const mayOverlap = !booking.isOver || booking.eventId === event.id || booking.eventId === null
  return mayOverlap && overlap(a, b)
}

/**
 * Sorts the events of one user into gatherings. An event belongs to the latest gathering in its room (join key) if it
 * is the same gathering as the first event there. Events without a join key are left out.
 */
export function groupByGathering(events: readonly CalendarEvent[]): CalendarEvent[][] {
  const byKey = new Map<string, CalendarEvent[]>()
  for (const event of events) {
    if (event.joinKey === null) continue
    const sameKey = byKey.get(event.joinKey)
    if (sameKey) sameKey.push(event)
    else byKey.set(event.joinKey, [event])
  }
  const groups: CalendarEvent[][] = []
  for (const sameKey of byKey.values()) {
    if (sameKey.length === 1) groups.push(sameKey)
    else splitByTime(sameKey, groups)
  }
  return groups
}

function splitByTime(events: CalendarEvent[], groups: CalendarEvent[][]): void {
  let group: CalendarEvent[] = []
  for (const event of events.sort(byStart)) {
    if (group[0] && isSameGathering(group[0], event)) group.push(event)
    else {
      group = [event]
      groups.push(group)
    }
  }
}

/** Sorts events by their start, and then by id, so that the order is always the same. */
export function byStart(a: CalendarEvent, b: CalendarEvent): number {
  return a.startTime.getTime() - b.startTime.getTime() || byId(a, b)
}

const byId = (a: CalendarEvent, b: CalendarEvent): number => (a.id < b.id ? -1 : Number(a.id > b.id))

/**
 * Which of several events of one gathering gets the bot; the other events share it. A bot that has started stays with
 * its event. Otherwise the bot comes when the first event begins. Among events that begin together, the order is: the
 * event that has the bot, the organiser's calendar, the oldest event.
 */
export function chooseBooker(events: readonly CalendarEvent[], bookings: readonly Booking[]) {
  const bookingOf = ({ id }: CalendarEvent) => bookings.find(({ eventId }) => eventId === id)
  return events.reduce((best, event) => (compareBookers(event, best, bookingOf) < 0 ? event : best))
}

function compareBookers(
  a: CalendarEvent,
  b: CalendarEvent,
  bookingOf: (event: CalendarEvent) => Booking | undefined,
): number {
  const [bookingA, bookingB] = [bookingOf(a), bookingOf(b)]
  return (
    Number(bookingB?.hasStarted ?? false) - Number(bookingA?.hasStarted ?? false) ||
    +a.startTime - +b.startTime ||
    Number(bookingB !== undefined) - Number(bookingA !== undefined) ||
    Number(b.isOrganizer) - Number(a.isOrganizer) ||
    +a.createdAt - +b.createdAt ||
    byId(a, b)
  )
}
