import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { CalendarEventWithDescription, EventParams } from '../calendars/events/event-schema.ts'
import { override, RecordingOrder } from './override-order.ts'

export function scheduleRecordingRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/calendar/events/:eventId/schedule-recording`,
    config: { access: 'write' },
    schema: {
      tags: ['Recording'],
      summary: 'Record an event',
      description:
        'Records an event or its series, whatever the rules say. The bot is booked at once. Safe to repeat. An event that cannot be recorded is refused with `EVENT_NOT_RECORDABLE`.',
      params: EventParams,
      body: RecordingOrder.nullish(),
      response: answers({
        202: dataOf(CalendarEventWithDescription, 'The override is stored. `decision` says what comes of it.'),
      }),
    },
    handler: async (request, reply) => {
      const { eventId } = request.params
      const event = await override(deps, request, eventId, { allOccurrences: false, ...request.body, value: 'record' })
      return reply.code(202).header('location', `${apiPrefix}/calendar/events/${event.id}`).send({ data: event })
    },
  })
}
