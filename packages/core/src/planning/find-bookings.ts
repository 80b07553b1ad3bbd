import { sameMeetingWindowMs } from '../meetings/meeting-store.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { type Booking, isForEvent, isSameGathering } from './same-gathering.ts'

/** The bookings with one join key by time, and how long the longest of them lasts. */
type Room = { bookings: Booking[]; longestMs: number }

/**
 * Finds the bookings for the gathering of each event of a plan. Leaves out bookings of other events of the plan: those
 * events are decided on their own, and may have moved since the booking. A bot that has left counts for every event of
 * its gathering, and for other events that it recorded together with its own.
 */
export function bookingFinder(events: readonly CalendarEvent[], bookings: readonly Booking[]) {
  const none: readonly Booking[] = []
  if (bookings.length === 0) return () => none
  const planned = eventsWithBooking(events, bookings)
  const rooms = roomsOf(bookings)
  return (event: CalendarEvent): readonly Booking[] => {
    const room = event.joinKey === null ? undefined : rooms.get(event.joinKey)
    if (!room) return none
    return nearby(room, event).filter((booking) => {
      const { isOver, eventId, userId } = booking
      // The user's own bot for an event that is gone is called off, or goes to another event of its gathering.
      const isKnown = planned.has(eventId ?? '') || userId === event.userId
      const isOthers = !isOver && eventId !== null && eventId !== event.id && isKnown
      return !isOthers && (isForEvent(booking, event) || wasThere(booking, planned.get(eventId ?? ''), event))
    })
  }
}

/** By their ids. Most events have none, so this is far smaller than a map of all. */
function eventsWithBooking(events: readonly CalendarEvent[], bookings: readonly Booking[]) {
  const booked = new Set(bookings.map(({ eventId }) => eventId))
  const found = new Map<string, CalendarEvent>()
  for (const event of events) if (booked.has(event.id)) found.set(event.id, event)
  return found
}

/** Whether a bot that has left was in an event's gathering for another event of it. */
function wasThere({ isOver, joinsAt, endsAt }: Booking, of: CalendarEvent | undefined, event: CalendarEvent): boolean {
  if (!isOver || !of || of.joinKey !== event.joinKey || !isSameGathering(of, event)) return false
  return joinsAt < event.endTime && endsAt !== null && endsAt >= event.startTime
}

function roomsOf(bookings: readonly Booking[]): Map<string, Room> {
  const rooms = new Map<string, Room>()
  for (const booking of bookings) {
    const room = rooms.get(booking.joinKey) ?? { bookings: [], longestMs: sameMeetingWindowMs }
    room.bookings.push(booking)
    if (booking.endsAt) room.longestMs = Math.max(room.longestMs, +booking.endsAt - +booking.startsAt)
    rooms.set(booking.joinKey, room)
  }
  for (const room of rooms.values()) room.bookings.sort(byStart)
  return rooms
}

/** Ids grow with time. */
const byStart = (a: Booking, b: Booking): number => +a.startsAt - +b.startsAt || (a.meetingId < b.meetingId ? -1 : 1)

/** All that could be for the event by their times: a room may have been booked for every hour of a month. */
function nearby({ bookings, longestMs }: Room, { startTime, endTime }: CalendarEvent): Booking[] {
  const latest = Math.max(+endTime, +startTime + sameMeetingWindowMs)
  if (bookings.length === 1) return bookings
  return bookings.slice(firstFrom(bookings, +startTime - longestMs), firstFrom(bookings, latest + 1))
}

/** The place of the first booking that begins then or later. */
function firstFrom(bookings: readonly Booking[], time: number): number {
  let [low, high] = [0, bookings.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bookings[middle] as Booking).startsAt.getTime() < time) low = middle + 1
    else high = middle
  }
  return low
}
