import { type Decision, decided } from '../rules/decision.ts'
import { prepareRules } from '../rules/prepared-rules.ts'
import type { RecordingRules } from '../rules/rules.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { decideGathering, gatheringOf, type Overrides } from './decide-gathering.ts'
import { reasonsImpossible } from './decide-recording.ts'
import type { Draft } from './draft.ts'
import { bookingFinder } from './find-bookings.ts'
import { type Booking, groupByGathering } from './same-gathering.ts'

export type DraftInput = {
  /** All of one user's, from all calendars. */
  events: readonly CalendarEvent[]
  rules: RecordingRules
  /** Of all calendars that the user has connected. */
  accountEmails: readonly string[]
  overrides: Overrides
  bookings: readonly Booking[]
  now: Date
}

/**
 * Decides on all events of a user at once: each event as in `decideRecording`, and each gathering gets one bot, however
 * many events it is in. Pure. Neither the order of the events nor events of other days and rooms make a difference.
 * `decideEvents` goes on from here: with bots that are there already, and the limit of the vendor's plan.
 *
 * The events of one gathering stand together: an override of one is for all, an exclusion that holds for one holds for
 * all, and if one is to be recorded, all are.
 */
export function draftPlan(input: DraftInput): Draft {
  const { events, now } = input
  const rules = prepareRules(input.rules, input.accountEmails)
  const bookingsOf = bookingFinder(events, input.bookings)
  const decisions = new Map<string, Decision>()
  const possible: CalendarEvent[] = []
  for (const event of events) {
    const impossible = reasonsImpossible(event, bookingsOf(event), now)
    if (impossible.length > 0) decisions.set(event.id, decided('event', false, impossible))
    else possible.push(event)
  }
  const gatherings = groupByGathering(possible).map((group) => gatheringOf(group, bookingsOf, input.overrides))
  for (const gathering of gatherings) decideGathering(gathering, rules, decisions)
  return { gatherings, decisions, leadMinutes: input.rules.leadMinutes, now }
}
