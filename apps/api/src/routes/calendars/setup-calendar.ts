import { setUpCalendar } from '@seer/core/calendars/connection/setup-calendar'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { grantOf, SetupOrder, setupDeps } from './grant-order.ts'
import { Integration } from './integration-schema.ts'
import { toIntegration } from './to-integration.ts'

export function setupCalendarRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/calendar/setup`,
    config: { access: 'write' },
    schema: {
      tags: ['Calendars'],
      summary: 'Connect a calendar',
      description:
        'Connects a calendar of a Google or Microsoft account. Send the user’s refresh token. Or send the `integrationId` of a calendar that is already connected: its consent is then used again. Without `rawCalendarId`, the account’s primary calendar is connected. A calendar that is already connected gets the new token. If the account refuses, nothing changes.',
      body: SetupOrder,
      response: answers({
        200: dataOf(Integration, 'The calendar was already connected, and now has the new token.'),
        201: dataOf(Integration, 'The calendar is connected.'),
        202: dataOf(
          Integration,
          'Meeting BaaS has not confirmed the connection yet. `status` at `Location` shows when it has.',
        ),
      }),
    },
    handler: async (request, reply) => {
      const { userId } = callerOf(request)
      const grant = await grantOf(deps, userId, request.body)
      const core = setupDeps(deps, grant.provider)
      const order = { userId, ...grant, rawCalendarId: request.body.rawCalendarId }
      const { outcome, integration, isNew } = await setUpCalendar(core, order)
      return reply
        .code(outcome === 'accepted' ? 202 : isNew ? 201 : 200)
        .header('location', `${apiPrefix}/calendar/integrations/${integration.id}`)
        .send({ data: toIntegration(integration, deps) })
    },
  })
}
