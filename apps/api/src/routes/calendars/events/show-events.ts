import { eventRecordings } from '@seer/core/planning/views/event-recordings'
import type { CalendarEvent as CoreEvent } from '@seer/core/vendor/calendar-event'
import type { ApiDeps } from '../../../dependencies.ts'
import { type CalendarEvent, type CalendarEventWithDescription, toEvent } from './event-schema.ts'

type Deps = Pick<ApiDeps, 'db'>

/** Events of a user as the API shows them, with the decisions on them. */
export async function showEvents({ db }: Deps, userId: string, events: CoreEvent[]): Promise<CalendarEvent[]> {
  return (await eventRecordings(db, userId, events)).map(toEvent)
}

export async function showEvent(deps: Deps, userId: string, event: CoreEvent): Promise<CalendarEventWithDescription> {
  const [shown] = await showEvents(deps, userId, [event])
  return { ...(shown as CalendarEvent), description: event.description }
}
