import type { CalendarEvent } from '@seer/core/vendor/calendar-event'
import type { ApiDeps } from '../../../dependencies.ts'
import { Problem } from '../../../problems/problem.ts'

/** An event of the caller's calendars. @throws Problem NOT_FOUND, also for another user's event */
export async function findEvent({ db }: Pick<ApiDeps, 'db'>, userId: string, eventId: string): Promise<CalendarEvent> {
  const event = await db.calendarEvents.findForUser(userId, eventId)
  if (!event) throw eventNotFound()
  return event
}

export const eventNotFound = () => new Problem('NOT_FOUND', { detail: 'Your calendars have no event with this id.' })
