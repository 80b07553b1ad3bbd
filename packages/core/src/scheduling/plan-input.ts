import { foundNoRoom, notStarted } from '../bots/launch.ts'
import { isFinal, type Meeting } from '../bots/meeting.ts'
import { sameMeetingWindowMs } from '../bots/meeting-store.ts'
import { seenBy } from '../bots/share-bot.ts'
import type { CalendarEvent } from '../calendars/calendar-event.ts'
import type { PlanInput } from './plan-recordings.ts'
import type { Booking } from './same-meeting.ts'
import type { OthersBot, PlanFacts, StoredOverride } from './scheduling-store.ts'
import { isSharable } from './sharable-bots.ts'

/** What a plan is made from; the capacity is looked at later. */
export function planInput(facts: PlanFacts, byRule: boolean, now: Date): Omit<PlanInput, 'capacity'> {
  const { events, accountEmails, meetings } = facts
  return {
    events,
    rules: byRule ? facts.rules : { ...facts.rules, enabled: false },
    accountEmails,
    overrides: { events: overridesOf(facts, 'event'), series: overridesOf(facts, 'series') },
    bookings: [...meetings.flatMap((meeting) => toBooking(meeting, facts) ?? []), ...bookingsOfOthers(facts)],
    now,
  }
}

function overridesOf({ overrides }: PlanFacts, scope: StoredOverride['scope']) {
  return new Map(overrides.filter((each) => each.scope === scope).map(({ targetId, value }) => [targetId, value]))
}

/** Null: it is as if it had never been booked, so another may be. */
function toBooking(meeting: Meeting, { shared }: Pick<PlanFacts, 'shared'>): Booking | null {
  const { id: meetingId, userId, joinKey, calendarEventId: eventId } = meeting
  const isOver = isFinal(meeting.state)
  // One that could not be moved in time was somewhere else, whatever came of it there.
  if (isOver && meeting.changeOwed) return null
  if (foundNoRoom(meeting)) return null
  const wasCalledOff = meeting.state === 'cancelled' || (meeting.leaveRequestedAt !== null && meeting.joinedAt === null)
  if (wasCalledOff && (isOver || eventId === null)) return null
  const startsAt = meeting.eventStartsAt ?? meeting.joinAt ?? meeting.createdAt
  const endsAt = isOver ? (meeting.exitedAt ?? meeting.finalAt) : meeting.eventEndsAt
  const [joinsAt, hasStarted] = [meeting.joinAt ?? meeting.createdAt, !notStarted.includes(meeting.state)]
  const failure = meeting.state === 'failed' && meeting.joinedAt === null ? meeting.errorCode : null
  const isShared = shared.has(meetingId)
  return { meetingId, userId, joinKey, eventId, startsAt, endsAt, joinsAt, hasStarted, isOver, isShared, failure }
}

/**
 * Bots of others as a plan sees them. One that has left, or that the user ordered by hand as well, counts as the user's
 * own; any other may be shared.
 */
function bookingsOfOthers(facts: PlanFacts): Booking[] {
  return facts.others.flatMap((other) => {
    const { meeting, share } = other
    if (share && isFinal(meeting.state)) return toBooking(asItWas(seenBy(meeting, share)), facts) ?? []
    if (share && share.calendarEventId === null) return toBooking(seenBy(meeting, share), facts) ?? []
    return isSharable(other) ? (toBooking(meeting, facts) ?? []) : []
  })
}

/** A shared bot that has left was there when it was, whenever the user's own event should have begun. */
function asItWas(meeting: Meeting): Meeting {
  return { ...meeting, eventStartsAt: meeting.joinedAt ?? meeting.joinAt ?? meeting.createdAt }
}

/**
 * The bot that a claim would answer instead of making one (see `MeetingStore.claim`): of another event that is not the
 * same meeting, but so close in the same room that a second bot would sit beside the first.
 */
export function botInItsPlace(
  { meetings, others, rules }: PlanFacts,
  event: CalendarEvent,
  now: Date,
): Meeting | undefined {
  const own = meetings.filter(({ state, joinKey }) => !isFinal(state) && joinKey === event.joinKey)
  if (own.some(({ calendarEventId }) => calendarEventId === event.id)) return undefined
  // What was ordered by hand is kept, and so is what a claim answers, whether it may be shared by now or not.
  const isKept = ({ meeting, share }: OthersBot) => share?.calendarEventId === null && !isFinal(meeting.state)
  const inRoom = others.filter(({ meeting }) => meeting.joinKey === event.joinKey)
  const open = inRoom.filter((other) => isSharable(other) || isKept(other))
  const active = [...own, ...open.map(({ meeting }) => meeting)]
  const startsAt = Math.max(+now, +event.startTime - rules.leadMinutes * 60_000)
  const isSoon = startsAt <= +now + sameMeetingWindowMs
  return active.find((meeting) => {
    if (meeting.leaveRequestedAt !== null || meeting.exitedAt !== null) return false
    const otherStartsAt = +(meeting.joinAt ?? meeting.createdAt)
    return Math.abs(otherStartsAt - startsAt) <= sameMeetingWindowMs || (isSoon && otherStartsAt <= +now)
  })
}
