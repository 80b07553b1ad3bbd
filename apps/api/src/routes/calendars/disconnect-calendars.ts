import { disconnectCalendars } from '@seer/core/calendars/connection/disconnect-calendars'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { ProviderParams } from './calendar-fields.ts'
import { calendarNotFound } from './find-integration.ts'
import { Integration } from './integration-schema.ts'
import { toIntegration } from './to-integration.ts'

const DisconnectQuery = z.strictObject({
  calendarId: z.string().min(1).max(1_024).optional().meta({
    description: 'Only this calendar: its `id`, `calendarId` or `externalCalendarId`.',
  }),
})

export function disconnectCalendarsRoute(app: ApiScope, deps: ApiDeps): void {
  const { db, queue, now } = deps
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/calendar/integrations/:provider`,
    config: { access: 'write' },
    schema: {
      tags: ['Calendars'],
      summary: 'Disconnect calendars',
      description:
        'Disconnects all your calendars of this provider, or only one. At once you no longer see them and their events, and Seer forgets their tokens. Then Meeting BaaS is told.',
      params: ProviderParams,
      querystring: DisconnectQuery,
      response: answers({ 202: dataOf(z.array(Integration), 'The calendars that are being disconnected.') }),
    },
    handler: async (request, reply) => {
      const order = { userId: callerOf(request).userId, ...request.params, only: request.query.calendarId }
      const disconnected = await disconnectCalendars({ integrations: db.integrations, queue, now }, order)
      if (disconnected.length === 0) throw calendarNotFound()
      return reply.code(202).send({ data: disconnected.map((integration) => toIntegration(integration, deps)) })
    },
  })
}
