import { foundNoRoom, neverMade, notStarted } from '../meetings/launch.ts'
import { type BotRun, isFinal, type Meeting } from '../meetings/meeting.ts'
import { sameMeetingWindowMs } from '../meetings/meeting-store.ts'
import { seenBy } from '../meetings/sharing/share-bot.ts'
import { mayEnter } from '../meetings/sharing/sharing.ts'
import type { BotDefaults } from '../vendor/bot-config.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { orderedAnew } from './carry-out/ordered-anew.ts'
import { isSharable } from './carry-out/sharable-bots.ts'
import type { DraftInput } from './draft-plan.ts'
import type { Policy } from './policy.ts'
import type { Booking } from './same-gathering.ts'
import type { OthersBot, PlanFacts, StoredOverride } from './scheduling-store.ts'

/** What a plan takes from the operator's policy. */
export type PlanPolicy = Pick<Policy, 'byRule' | 'defaults'>

/** What a plan is made from; the capacity is looked at later. */
export function planInput(facts: PlanFacts, { byRule, defaults }: PlanPolicy, now: Date): DraftInput {
  const { events, accountEmails, meetings } = facts
  const toBookings = (meeting: Meeting) => [bookingOf(meeting, facts, defaults) ?? []].flat()
  return {
    events,
    rules: byRule ? facts.rules : { ...facts.rules, enabled: false },
    accountEmails,
    overrides: { events: overridesOf(facts, 'event'), series: overridesOf(facts, 'series') },
    bookings: [...meetings.flatMap(toBookings), ...bookingsOfOthers(facts, toBookings)],
    now,
  }
}

function overridesOf({ overrides }: PlanFacts, scope: StoredOverride['scope']) {
  return new Map(overrides.filter((each) => each.scope === scope).map(({ targetId, value }) => [targetId, value]))
}

/** Null when the meeting counts as never booked, so another bot may be. */
function bookingOf(meeting: Meeting, facts: PlanFacts, defaults: BotDefaults): Booking | null {
  const { id: meetingId, userId, joinKey, joinUrl, calendarEventId: eventId } = meeting
  const isOver = isFinal(meeting.state)
  // A bot that could not be moved in time was somewhere else, so its outcome says nothing about this event.
  if (isOver && meeting.changeOwed) return null
  const unmade = neverMade(meeting)
  if (foundNoRoom(meeting) || unmade === 'missed') return null
  const wasCalledOff = meeting.state === 'cancelled' || (meeting.leaveRequestedAt !== null && meeting.joinedAt === null)
  if (wasCalledOff && (isOver || eventId === null)) return null
  const startsAt = meeting.eventStartsAt ?? meeting.joinAt ?? meeting.createdAt
  const endsAt = isOver ? (meeting.exitedAt ?? meeting.finalAt) : meeting.eventEndsAt
  const [joinsAt, hasStarted] = [meeting.joinAt ?? meeting.createdAt, !notStarted.includes(meeting.state)]
  const isShared = facts.shared.has(meetingId)
  const times = { startsAt, endsAt, joinsAt, hasStarted, isOver }
  const how = { isShared, uninvited: [], failure: failureOf(meeting) }
  const booking = { meetingId, userId, joinKey, joinUrl, eventId, ...times, ...how }
  if (unmade === null) return booking
  return { ...booking, orderedAnewFor: orderedAnew(meeting, booking, facts, defaults) }
}

const longestWords = 300

function failureOf({ state, joinedAt, errorCode, errorMessage }: BotRun): string | null {
  if (state !== 'failed' || joinedAt !== null || errorCode === null) return null
  return errorMessage ? `${errorCode}: ${errorMessage}`.slice(0, longestWords) : errorCode
}

/**
 * Bots of other users as a plan sees them. A bot that has left counts as the user's own, and so does a bot that the
 * user ordered by hand as well. Any other bot may be shared.
 */
function bookingsOfOthers(facts: PlanFacts, toBookings: (meeting: Meeting) => Booking[]): Booking[] {
  return facts.others.flatMap((other) => {
    const { meeting, share } = other
    if (share && isFinal(meeting.state)) return toBookings(asItWas(seenBy(meeting, share)))
    if (share && share.calendarEventId === null) return toBookings(seenBy(meeting, share))
    const { uninvited } = other
    return isSharable(other) ? toBookings(meeting).map((booking) => ({ ...booking, uninvited })) : []
  })
}

/** A shared bot that has left was there at its own times, whatever the start of this user's event. */
function asItWas(meeting: Meeting): Meeting {
  return { ...meeting, eventStartsAt: meeting.joinedAt ?? meeting.joinAt ?? meeting.createdAt }
}

/**
 * The bot that a claim would return instead of making one (see `MeetingStore.claim`). It is for another gathering, but
 * so close in the same room that a second bot would sit beside the first.
 * @param isFree tells the user's bots that do not stay with their events
 */
export function botInItsPlace(
  { meetings, others, rules }: PlanFacts,
  event: CalendarEvent,
  isFree: (bot: Meeting) => boolean,
  now: Date,
): Meeting | undefined {
  const own = meetings.filter((bot) => !isFinal(bot.state) && bot.joinKey === event.joinKey && !isFree(bot))
  if (own.some(({ calendarEventId }) => calendarEventId === event.id)) return undefined
  // A bot that was ordered by hand stays, and a claim returns it, whether it may still be shared or not.
  const isKept = ({ meeting, share }: OthersBot) => share?.calendarEventId === null && !isFinal(meeting.state)
  const inRoom = others.filter(({ meeting }) => meeting.joinKey === event.joinKey)
  const guest = { meetingUrl: event.meetingUrl ?? '', isInvited: true }
  const mayCome = (other: OthersBot) => other.share !== null || mayEnter(guest, { ...other, ...other.meeting })
  const open = inRoom.filter((other) => (isSharable(other) && mayCome(other)) || isKept(other))
  const active = [...own, ...open.map(({ meeting }) => meeting)]
  const startsAt = Math.max(+now, +event.startTime - rules.leadMinutes * 60_000)
  const isSoon = startsAt <= +now + sameMeetingWindowMs
  return active.find((meeting) => {
    if (meeting.leaveRequestedAt !== null || meeting.exitedAt !== null) return false
    const otherStartsAt = +(meeting.joinAt ?? meeting.createdAt)
    return Math.abs(otherStartsAt - startsAt) <= sameMeetingWindowMs || (isSoon && otherStartsAt <= +now)
  })
}
