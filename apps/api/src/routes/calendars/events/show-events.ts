import type { StoredOverride } from '@seer/core/planning/scheduling-store'
import type { Decision, EventOverride } from '@seer/core/rules/decision'
import type { CalendarEvent as CoreEvent } from '@seer/core/vendor/calendar-event'
import type { ApiDeps } from '../../../dependencies.ts'
import { type CalendarEvent, type CalendarEventWithDescription, toEvent } from './event-schema.ts'

type Deps = Pick<ApiDeps, 'db'>

/** Events of a user as the API shows them, with what is decided on them. Costs three queries, however many they are. */
export async function showEvents({ db }: Deps, userId: string, events: CoreEvent[]): Promise<CalendarEvent[]> {
  if (events.length === 0) return []
  const ids = events.map(({ id }) => id)
  const decisions = await db.scheduling.findDecisions(userId, ids)
  const sharing = [...decisions.values()].flatMap(({ decision }) => sharedEvent(decision) ?? [])
  const [overrides, bots] = await Promise.all([
    db.scheduling.listOverrides(userId, [...ids, ...events.map(({ seriesId }) => seriesId)]),
    db.meetings.bookedFor(userId, [...ids, ...sharing]),
  ])
  return events.map((event) => {
    const stored = decisions.get(event.id) ?? null
    const botId = bots.get(event.id) ?? sharedBot(stored?.decision, bots)
    return toEvent(event, { stored, override: overrideOf(event, overrides), botId })
  })
}

export async function showEvent(deps: Deps, userId: string, event: CoreEvent): Promise<CalendarEventWithDescription> {
  const [shown] = await showEvents(deps, userId, [event])
  return { ...(shown as CalendarEvent), description: event.description }
}

function sharedEvent({ sharedWith }: Decision): string | null {
  return sharedWith && 'eventId' in sharedWith ? sharedWith.eventId : null
}

function sharedBot(decision: Decision | undefined, bots: Map<string, string>): string | null {
  const sharedWith = decision?.sharedWith
  if (!sharedWith) return null
  return 'meetingId' in sharedWith ? sharedWith.meetingId : (bots.get(sharedWith.eventId) ?? null)
}

function overrideOf({ id, seriesId }: CoreEvent, overrides: StoredOverride[]): EventOverride {
  const of = (scope: StoredOverride['scope'], target: string) =>
    overrides.find((each) => each.scope === scope && each.targetId === target)?.value ?? 'inherit'
  return { event: of('event', id), series: of('series', seriesId) }
}
