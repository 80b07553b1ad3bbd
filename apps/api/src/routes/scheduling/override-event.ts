import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { CalendarEventWithDescription, EventParams } from '../calendars/events/event-schema.ts'
import { OverrideOrder, override } from './override-order.ts'

export function overrideEventRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'PUT',
    url: `${apiPrefix}/calendar/events/:eventId/override`,
    config: { access: 'write' },
    schema: {
      tags: ['Recording'],
      summary: 'Override the rules for an event',
      description:
        'Says that an event or its series is recorded, that it is not recorded, or that the rules decide. Bots are booked and ended at once. Safe to repeat.',
      params: EventParams,
      body: OverrideOrder,
      response: answers({
        200: dataOf(CalendarEventWithDescription, 'The override is stored. `decision` says what comes of it.'),
      }),
    },
    handler: async (request) => ({ data: await override(deps, request, request.params.eventId, request.body) }),
  })
}
