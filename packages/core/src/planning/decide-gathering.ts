import { byPrecedence, type Decision, decided, type EventOverride, type Override } from '../rules/decision.ts'
import type { PreparedRules } from '../rules/prepared-rules.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'
import { decidePossible, share } from './decide-recording.ts'
import { type Booking, chooseBooker, isForEvent } from './same-gathering.ts'

/** What a user said about single events and series, by their ids. */
export type Overrides = { events: ReadonlyMap<string, Override>; series: ReadonlyMap<string, Override> }

/**
 * What people attend, as far as it can be recorded: one event, or several of different calendars or with overlapping
 * times. The bot run that records it is a meeting.
 */
export type Gathering = { events: CalendarEvent[]; bookings: Booking[]; override: EventOverride }

/** Brings together what concerns the events of one gathering. */
export function gatheringOf(
  events: CalendarEvent[],
  bookingsOf: (event: CalendarEvent) => readonly Booking[],
  overrides: Overrides,
): Gathering {
  const [only] = events
  const found = events.length === 1 && only ? bookingsOf(only) : [...new Set(events.flatMap(bookingsOf))]
  return {
    events,
    bookings: found.filter(({ isOver }) => !isOver),
    override: {
      event: strongest(events, ({ id }) => overrides.events.get(id)),
      series: strongest(events, ({ seriesId }) => overrides.series.get(seriesId)),
    },
  }
}

/** If any of the events must not be recorded, none is. */
function strongest(events: readonly CalendarEvent[], overrideOf: (event: CalendarEvent) => Override | undefined) {
  let strongest: Override = 'inherit'
  for (const event of events) {
    const override = overrideOf(event)
    if (override === 'skip') return override
    if (override === 'record') strongest = override
  }
  return strongest
}

/** Decides on the events of a gathering as one. */
export function decideGathering(
  { events, bookings, override }: Gathering,
  rules: PreparedRules,
  decisions: Map<string, Decision>,
) {
  for (const event of events) {
    // The bot of one event is the bot of all events of the gathering.
    const isOurs = ({ eventId }: Booking) => eventId !== null && events.some(({ id }) => id === eventId)
    // Another user's bot for another event of the gathering may come too late for this event.
    const isForIt = (booking: Booking) => booking.userId === event.userId || isForEvent(booking, event)
    const ours = bookings.filter(isForIt).map((b) => (isOurs(b) ? { ...b, eventId: event.id } : b))
    decisions.set(event.id, decidePossible(event, rules, override, ours))
  }
  if (events.length > 1) agree(events, bookings, decisions)
}

/** Makes the decisions for the events of one gathering one decision. */
function agree(events: CalendarEvent[], bookings: Booking[], decisions: Map<string, Decision>): void {
  const of = (event: CalendarEvent) => decisions.get(event.id) as Decision
  const willing = events.filter((event) => of(event).willRecord)
  if (willing.length === 0) return
  const exclusions = events
    .flatMap((event) => of(event).reasons)
    .filter(({ code }) => code.startsWith('excluded_'))
    .sort(byPrecedence)
  if (exclusions.length > 0 && willing.every((event) => of(event).by === 'rules')) {
    for (const { id } of willing) decisions.set(id, decided('rules', false, exclusions))
    return
  }
  // A bot that was ordered by hand stays as ordered.
  const isByHand = (event: CalendarEvent) => of(event).by === 'manual'
  const booker = willing.find(isByHand) ?? chooseBooker(willing, bookings)
  for (const event of events) {
    const isWilling = of(event).willRecord
    if (event === booker || isByHand(event)) continue
    const sharedWith = of(booker).sharedWith ?? { eventId: booker.id }
    decisions.set(event.id, share({ ...of(event), by: isWilling ? of(event).by : of(booker).by }, sharedWith))
  }
}
