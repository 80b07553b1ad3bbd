import type { CalendarEventStore } from '../../calendars/calendar-store.ts'
import type { Decision, Override, Reason } from '../../rules/decision.ts'
import type { RecordingRules } from '../../rules/rules.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import { planNow } from '../carry-out/plan-now.ts'
import type { ScheduleDeps } from '../carry-out/schedule-deps.ts'
import { reasonsImpossible } from '../decide-recording.ts'
import type { SchedulingStore } from '../scheduling-store.ts'

type Deps = Omit<ScheduleDeps, 'scheduling'> & {
  events: Pick<CalendarEventStore, 'findForUser'>
  scheduling: ScheduleDeps['scheduling'] & Pick<SchedulingStore, 'saveOverride' | 'findDecisions'>
}

/** What a user wants for an event, or for its series. */
export type OverrideOrder = {
  userId: string
  eventId: string
  value: Override
  /** For the whole series of the event. */
  allOccurrences: boolean
  /** What the bot does differently; null: as the rules say. */
  bot: RecordingRules['bot'] | null
}

export type OverrideOutcome =
  | { outcome: 'done'; event: CalendarEvent; decision: Decision | null }
  | { outcome: 'not_found' }
  /** To be recorded by order, but it cannot be. Nothing was stored. */
  | { outcome: 'impossible'; reason: Reason }

/**
 * Stores what a user wants for an event or its series, then decides and books or calls off at once. Does not ask the
 * vendor.
 */
export async function overrideRecording(deps: Deps, order: OverrideOrder): Promise<OverrideOutcome> {
  const { userId, value, allOccurrences, bot } = order
  const event = await deps.events.findForUser(userId, order.eventId)
  if (!event) return { outcome: 'not_found' }
  const at = deps.now()
  const [impossible] = value === 'record' && !allOccurrences ? reasonsImpossible(event, [], at) : []
  if (impossible) return { outcome: 'impossible', reason: impossible }
  const target = allOccurrences
    ? { scope: 'series' as const, targetId: event.seriesId }
    : { scope: 'event' as const, targetId: event.id }
  await deps.scheduling.saveOverride(userId, { ...target, value: value === 'inherit' ? null : value, bot }, at)
  await planNow(deps, { userId })
  const decision = (await deps.scheduling.findDecisions(userId, [event.id])).get(event.id)?.decision ?? null
  return { outcome: 'done', event, decision }
}
