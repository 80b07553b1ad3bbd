import { callerOf } from '../../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../../api-scope.ts'
import type { ApiDeps } from '../../../dependencies.ts'
import { CalendarEventWithDescription, EventParams } from './event-schema.ts'
import { findEvent } from './find-event.ts'
import { showEvent } from './show-events.ts'

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
      const { userId } = callerOf(request)
      const event = await findEvent({ db }, userId, request.params.eventId)
      return { data: await showEvent({ db }, userId, event) }
    },
  })
}
