import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { findIntegration } from './find-integration.ts'
import { CalendarParams, entriesShown, IntegrationWithTimeline } from './integration-schema.ts'
import { toIntegration, toIntegrationEntry } from './to-integration.ts'

export function getIntegrationRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/calendar/integrations/:integrationId`,
    config: { access: 'read' },
    schema: {
      tags: ['Calendars'],
      summary: 'Get a connected calendar with its timeline',
      params: CalendarParams,
      response: answers({ 200: dataOf(IntegrationWithTimeline, 'The calendar.') }),
    },
    handler: async (request) => {
      const integration = await findIntegration(deps, callerOf(request).userId, request.params.integrationId)
      const entries = await deps.db.integrations.log(
        integration.id,
        Math.max(0, integration.lastSeq - entriesShown),
        entriesShown,
      )
      return { data: { ...toIntegration(integration, deps), timeline: entries.map(toIntegrationEntry) } }
    },
  })
}
