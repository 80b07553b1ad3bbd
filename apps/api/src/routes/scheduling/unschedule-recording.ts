import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { CalendarEventWithDescription, EventParams } from '../calendars/events/event-schema.ts'
import { override } from './override-order.ts'

const description = 'True: for the whole series. Send it in the query or in the body.'

const UnscheduleQuery = z.strictObject({
  allOccurrences: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .meta({ description }),
})

const UnscheduleOrder = z
  .strictObject({ allOccurrences: z.boolean().optional().meta({ description }) })
  .meta({ id: 'UnscheduleOrder', example: { allOccurrences: false } })

/** @throws Problem VALIDATION_FAILED when query and body say different things */
function oneOf(inQuery: boolean | undefined, inBody: boolean | undefined): boolean | undefined {
  if (inQuery !== undefined && inBody !== undefined && inQuery !== inBody) {
    const message = 'has one value in the query and another in the body; send it only once'
    throw new Problem('VALIDATION_FAILED', { errors: [{ path: 'allOccurrences', message }] })
  }
  return inQuery ?? inBody
}

export function unscheduleRecordingRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/calendar/events/:eventId/schedule-recording`,
    config: { access: 'write' },
    schema: {
      tags: ['Recording'],
      summary: 'Do not record an event',
      description:
        'Keeps an event or its series from being recorded, whatever the rules say. A bot that is booked or in the meeting is ended. A bot that you ordered yourself stays. Safe to repeat. To go back to the rules, set the override to `inherit`.',
      params: EventParams,
      querystring: UnscheduleQuery,
      body: UnscheduleOrder.nullish(),
      response: answers({
        200: dataOf(CalendarEventWithDescription, 'The override is stored. `decision` says what comes of it.'),
      }),
    },
    handler: async (request) => {
      const { params, query, body } = request
      const allOccurrences = oneOf(query.allOccurrences, body?.allOccurrences) ?? false
      return { data: await override(deps, request, params.eventId, { value: 'skip', allOccurrences }) }
    },
  })
}
