import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Calendar } from './calendar-schema.ts'
import { toCalendar } from './to-calendar.ts'

export function listCalendarsRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/integrations`,
    config: { access: 'read' },
    schema: {
      tags: ['Calendars'],
      summary: 'List connected calendars',
      description:
        'All your calendars, those connected first at the top. Each says how fresh our copy of its events is.',
      response: answers({ 200: dataOf(z.array(Calendar), 'Your calendars.') }),
    },
    handler: async (request) => {
      const calendars = await deps.db.calendars.list(callerOf(request).userId)
      return { data: calendars.map((calendar) => toCalendar(calendar, deps)) }
    },
  })
}
