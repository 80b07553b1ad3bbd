import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { CalendarParams, CalendarWithTimeline, entriesShown } from './calendar-schema.ts'
import { findCalendar } from './find-calendar.ts'
import { toCalendar, toCalendarEntry } from './to-calendar.ts'

export function getCalendarRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/integrations/:integrationId`,
    config: { access: 'read' },
    schema: {
      tags: ['Calendars'],
      summary: 'Get a connected calendar with its timeline',
      params: CalendarParams,
      response: answers({ 200: dataOf(CalendarWithTimeline, 'The calendar.') }),
    },
    handler: async (request) => {
      const calendar = await findCalendar(deps, callerOf(request).userId, request.params.integrationId)
      const entries = await deps.db.calendars.log(
        calendar.id,
        Math.max(0, calendar.lastSeq - entriesShown),
        entriesShown,
      )
      return { data: { ...toCalendar(calendar, deps), timeline: entries.map(toCalendarEntry) } }
    },
  })
}
