import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Integration } from './integration-schema.ts'
import { toIntegration } from './to-integration.ts'

export function listIntegrationsRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/integrations`,
    config: { access: 'read' },
    schema: {
      tags: ['Calendars'],
      summary: 'List connected calendars',
      description:
        'All your calendars, those connected first at the top. Each says how fresh our copy of its events is.',
      response: answers({ 200: dataOf(z.array(Integration), 'Your calendars.') }),
    },
    handler: async (request) => {
      const integrations = await deps.db.integrations.list(callerOf(request).userId)
      return { data: integrations.map((integration) => toIntegration(integration, deps)) }
    },
  })
}
