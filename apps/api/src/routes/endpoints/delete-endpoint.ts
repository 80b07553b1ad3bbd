import { endpointJson } from '@seer/core/log/endpoints/endpoint-json'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { EndpointParams, noSuchEndpoint, WebhookEndpoint } from './endpoint-schema.ts'
import { findEndpoint } from './find-endpoint.ts'

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
      const endpoint = await findEndpoint(db, request, request.params.endpointId)
      if (!(await db.endpoints.remove(endpoint.id, { at: now(), cause: 'api' }))) throw noSuchEndpoint()
      return { data: endpointJson(endpoint, now()) }
    },
  })
}
