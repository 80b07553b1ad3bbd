import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { EndpointParams, noSuchEndpoint, toEndpoint, viewerOf, WebhookEndpoint } from './endpoint-schema.ts'

export function deleteEndpointRoute(app: ApiScope, { db, now }: Pick<ApiDeps, 'db' | 'now'>): void {
  app.route({
    method: 'DELETE',
    url: `${apiPrefix}/webhook-endpoints/:endpointId`,
    config: { access: 'write' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Delete a webhook endpoint',
      description: 'Nothing more is sent to it. What was held for it is dropped, and what was delivered is forgotten.',
      params: EndpointParams,
      response: answers({ 200: dataOf(WebhookEndpoint, 'The endpoint as it was.') }),
    },
    handler: async (request) => {
      const endpoint = await db.endpoints.findFor(viewerOf(callerOf(request)), request.params.endpointId)
      if (!endpoint || !(await db.endpoints.remove(endpoint.id))) throw noSuchEndpoint()
      return { data: toEndpoint(endpoint, now()) }
    },
  })
}
