import { isSameJson } from '../../basics/same-json.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import type { BotDefaults } from '../../vendor/bot-config.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { linkChooser } from '../choose-link.ts'
import { type Booking, isForEvent } from '../same-gathering.ts'
import type { PlanFacts } from '../scheduling-store.ts'
import { wantedBot } from './reconcile-bookings.ts'

/**
 * The events for which a refused bot does not count. The vendor never made it, so another may come: for an event that
 * wants a different bot by now, and for all events of its gathering if their user has asked for a recording since. So
 * each configuration is tried once, and once more whenever the user asks.
 */
export function orderedAnew(
  { botName, botConfig, joinUrl, createdAt }: Meeting,
  booking: Booking,
  facts: Pick<PlanFacts, 'events' | 'rules' | 'overrides' | 'meetings'>,
  defaults: BotDefaults,
): ReadonlySet<string> {
  const events = facts.events.filter((event) => event.joinKey === booking.joinKey && isForEvent(booking, event))
  const isToldSince = facts.overrides.some(
    ({ value, updatedAt, scope, targetId }) =>
      value === 'record' &&
      updatedAt > createdAt &&
      events.some(({ id, seriesId }) => targetId === (scope === 'event' ? id : seriesId)),
  )
  const choose = linkChooser(facts.events)
  const isAnother = (event: CalendarEvent) => {
    const wanted = wantedBot({ ...facts, defaults }, event, choose)
    const isSame = wanted?.botName === botName && wanted.joinUrl === joinUrl
    return !isSame || !isSameJson(wanted.botConfig, botConfig)
  }
  return new Set(events.filter((event) => isToldSince || isAnother(event)).map(({ id }) => id))
}
