import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { EventParams } from '../calendars/events/event-schema.ts'
import { findEvent } from '../calendars/events/find-event.ts'
import { DatedDecision, toDatedDecision } from './decision-schema.ts'

const decisionsShown = 100

export function listDecisionsRoute(app: ApiScope, { db }: Pick<ApiDeps, 'db'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/events/:eventId/decisions`,
    config: { access: 'read' },
    schema: {
      tags: ['Recording'],
      summary: 'List the decisions on an event',
      description: `Every decision whether the event is recorded, newest first. A decision is listed when it differs from the one before. At most the newest ${decisionsShown}.`,
      params: EventParams,
      response: answers({ 200: dataOf(z.array(DatedDecision), 'The decisions. The first is the current one.') }),
    },
    handler: async (request) => {
      const { userId } = callerOf(request)
      const { id } = await findEvent({ db }, userId, request.params.eventId)
      const decisions = await db.scheduling.listDecisions(userId, id, decisionsShown)
      return { data: decisions.map(toDatedDecision) }
    },
  })
}
