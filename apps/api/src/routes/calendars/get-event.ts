import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { CalendarEventWithDescription, EventParams, toEvent } from './event-schema.ts'

export function getEventRoute(app: ApiScope, { db }: Pick<ApiDeps, 'db'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/events/:eventId`,
    config: { access: 'read' },
    schema: {
      tags: ['Calendars'],
      summary: 'Get a calendar event',
      params: EventParams,
      response: answers({ 200: dataOf(CalendarEventWithDescription, 'The event.') }),
    },
    handler: async (request) => {
      const event = await db.calendarEvents.findForUser(callerOf(request).userId, request.params.eventId)
      if (!event) throw new Problem('NOT_FOUND', { detail: 'Your calendars have no event with this id.' })
      return { data: { ...toEvent(event), description: event.description } }
    },
  })
}
