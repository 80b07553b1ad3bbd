import { passcodeOf } from '../meetings/link/passcode.ts'
import {
  type DecidedBy,
  type Decision,
  decided,
  type EventOverride,
  noOverride,
  type Reason,
} from '../rules/decision.ts'
import { isDeclined } from '../rules/participants.ts'
import type { PreparedRules } from '../rules/prepared-rules.ts'
import { reasonsAgainst, reasonToPause } from '../rules/rule-reasons.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { lastsUntil } from '../vendor/event-times.ts'
import { reasonWithoutLink } from './link-reasons.ts'
import { type Booking, isForEvent } from './same-gathering.ts'

export type Question = {
  event: CalendarEvent
  rules: PreparedRules
  override?: EventOverride
  /** Bots of this user and of users to share with, booked or gone. Bots of other gatherings do no harm. */
  bookings?: readonly Booking[]
  now: Date
}

/**
 * Whether an event will be recorded, and every reason for and against. Pure, and total: any event gets a decision.
 *
 * Precedence: facts that make recording impossible; a bot that the user ordered; the override of the event, then of its
 * series; the pause; the rules as a whole; exclusions; requirements; inclusion. A bot that is booked for the same
 * gathering is shared. The plan's limit depends on all events together, so it comes later, in `decideEvents`.
 */
export function decideRecording({ event, rules, override = noOverride, bookings = [], now }: Question): Decision {
  const relevant = bookings.filter((booking) => booking.joinKey === event.joinKey && isForEvent(booking, event))
  const impossible = reasonsImpossible(event, relevant, now)
  if (impossible.length > 0) return decided('event', false, impossible)
  return decidePossible(event, rules, override, relevant)
}

/** Decides on an event that can be recorded. `bookings` holds the bookings for its gathering. */
export function decidePossible(
  event: CalendarEvent,
  rules: PreparedRules,
  override: EventOverride,
  bookings: readonly Booking[],
): Decision {
  const wish = decideByWish(event, rules, override)
  const active = bookings.filter(({ isOver }) => !isOver)
  const manual = active.find(({ userId, eventId }) => userId === event.userId && eventId === null)
  if (manual) return decided('manual', true, [{ code: 'manual_bot' }, ...wish.reasons], { meetingId: manual.meetingId })
  const shared = wish.willRecord ? bookingToShare(event, active) : null
  return shared ? share(wish, { meetingId: shared.meetingId }) : wish
}

/** The same decision with somebody else's bot. */
export function share({ by, reasons }: Decision, sharedWith: Decision['sharedWith']): Decision {
  return decided(by, true, [{ code: 'shared_with_bot' }, ...reasons], sharedWith)
}

/** What no override can change, in order of precedence. */
export function reasonsImpossible(event: CalendarEvent, bookings: readonly Booking[], now: Date): Reason[] {
  const reasons: Reason[] = []
  if (event.removedAt !== null) reasons.push({ code: 'removed' })
  // The vendor lists events that the owner declined as cancelled. The user may override that.
  else if (event.status === 'cancelled' && !isDeclined(event)) reasons.push({ code: 'cancelled' })
  if (lastsUntil(event) <= now.getTime()) reasons.push({ code: 'in_the_past' })
  if (event.joinKey === null) reasons.push(reasonWithoutLink(event))
  // While another bot is on its way, a bot that has left settles nothing.
  const mine = bookings.filter(({ userId }) => userId === event.userId)
  if (mine.length > 0 && mine.every(({ isOver }) => isOver)) {
    const failure = mine.every((booking) => booking.failure !== null) ? mine.at(-1)?.failure : null
    reasons.push(failure ? { code: 'bot_failed', detail: failure } : { code: 'already_visited' })
  }
  return reasons
}

const overrideCodes = {
  event: { record: 'override_record', skip: 'override_skip', by: 'override_event' },
  series: { record: 'series_override_record', skip: 'series_override_skip', by: 'override_series' },
} as const

/** What the user wants: overrides before the pause before the rules. */
function decideByWish(event: CalendarEvent, rules: PreparedRules, override: EventOverride): Decision {
  const reasons: Reason[] = []
  let word: { by: DecidedBy; willRecord: boolean } | null = null
  for (const level of ['event', 'series'] as const) {
    const wish = override[level]
    if (wish === 'inherit') continue
    word ??= { by: overrideCodes[level].by, willRecord: wish === 'record' }
    reasons.push({ code: overrideCodes[level][wish], rule: `override.${level}` })
  }
  const against = [...reasonToPause(event, rules), ...reasonsAgainst(event, rules)]
  if (against.length > 0) reasons.push(...against)
  else reasons.push({ code: 'rules_match' })
  return word ? decided(word.by, word.willRecord, reasons) : decided('rules', against.length === 0, reasons)
}

/**
 * Another bot for the same gathering. If this event has a bot of its own already, only a bot with a higher priority
 * counts. So if a gathering has two bots by accident, exactly one gives way, whichever event is decided first.
 */
function bookingToShare(event: CalendarEvent, active: readonly Booking[]): Booking | null {
  const own = active.find(({ eventId }) => eventId === event.id)
  const others = active.filter((booking) => booking.eventId !== event.id)
  const eligible = own ? others.filter((other) => byPriority(other, own) < 0) : others
  return eligible.toSorted(byPriority)[0] ?? null
}

/**
 * A started bot comes first: it is not ended for one that has not started. Then a bot with a passcode, then a bot
 * ordered by hand, then the lower (older) id.
 */
function byPriority(a: Booking, b: Booking): number {
  const byHand = ({ eventId }: Booking) => Number(eventId === null)
  const hasPasscode = ({ joinUrl }: Booking) => Number(passcodeOf(joinUrl) !== null)
  return (
    Number(b.hasStarted) - Number(a.hasStarted) ||
    hasPasscode(b) - hasPasscode(a) ||
    byHand(b) - byHand(a) ||
    (a.meetingId < b.meetingId ? -1 : 1)
  )
}
