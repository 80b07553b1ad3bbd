import type { MeetingStore } from '../../meetings/meeting-store.ts'
import type { Decision, EventOverride } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import type { SchedulingStore, StoredDecision, StoredOverride } from '../scheduling-store.ts'

type Deps = {
  scheduling: Pick<SchedulingStore, 'findDecisions' | 'listOverrides'>
  meetings: Pick<MeetingStore, 'bookedFor'>
}

/** An event and how it is recorded, as its user sees it. */
export type EventRecording = {
  event: CalendarEvent
  /** Null until Seer has decided. */
  stored: StoredDecision | null
  override: EventOverride
  /** The bot that is booked for the event, or a bot of another event that records this one as well. */
  botId: string | null
}

/** How events of a user are recorded, in their order. Costs three queries, however many they are. */
export async function eventRecordings(
  { scheduling, meetings }: Deps,
  userId: string,
  events: readonly CalendarEvent[],
): Promise<EventRecording[]> {
  if (events.length === 0) return []
  const ids = events.map(({ id }) => id)
  const decisions = await scheduling.findDecisions(userId, ids)
  const sharing = [...decisions.values()].flatMap(({ decision }) => sharedEvent(decision) ?? [])
  const [overrides, bots] = await Promise.all([
    scheduling.listOverrides(userId, [...ids, ...events.map(({ seriesId }) => seriesId)]),
    meetings.bookedFor(userId, [...ids, ...sharing]),
  ])
  return events.map((event) => {
    const stored = decisions.get(event.id) ?? null
    const botId = bots.get(event.id) ?? sharedBot(stored?.decision, bots)
    return { event, stored, override: overrideOf(event, overrides), botId }
  })
}

function sharedEvent({ sharedWith }: Decision): string | null {
  return sharedWith && 'eventId' in sharedWith ? sharedWith.eventId : null
}

function sharedBot(decision: Decision | undefined, bots: ReadonlyMap<string, string>): string | null {
  const sharedWith = decision?.sharedWith
  if (!sharedWith) return null
  return 'meetingId' in sharedWith ? sharedWith.meetingId : (bots.get(sharedWith.eventId) ?? null)
}

/** What a user wants for an event. */
export function overrideOf(
  { id, seriesId }: CalendarEvent,
  overrides: readonly Pick<StoredOverride, 'scope' | 'targetId' | 'value'>[],
): EventOverride {
  const of = (scope: StoredOverride['scope'], target: string) =>
    overrides.find((each) => each.scope === scope && each.targetId === target)?.value ?? 'inherit'
  return { event: of('event', id), series: of('series', seriesId) }
}
