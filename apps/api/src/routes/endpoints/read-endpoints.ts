import { endpointJson } from '@seer/core/log/endpoints/endpoint-json'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { EndpointParams, viewerOf, WebhookEndpoint } from './endpoint-schema.ts'
import { findEndpoint } from './find-endpoint.ts'

export function readEndpointsRoutes(app: ApiScope, { db, now }: Pick<ApiDeps, 'db' | 'now'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-endpoints`,
    config: { access: 'read' },
    schema: {
      tags: ['Endpoints'],
      summary: 'List webhook endpoints',
      description:
        'Your endpoints, the newest first. With a key that has the scope `admin`, also those for the events of all users.',
      response: answers({ 200: dataOf(z.array(WebhookEndpoint), 'All of them.') }),
    },
    handler: async (request) => {
      const found = await db.endpoints.list(viewerOf(callerOf(request)))
      return { data: found.map((endpoint) => endpointJson(endpoint, now())) }
    },
  })
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-endpoints/:endpointId`,
    config: { access: 'read' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Show a webhook endpoint',
      params: EndpointParams,
      response: answers({ 200: dataOf(WebhookEndpoint, 'The endpoint, without its secret.') }),
    },
    handler: async (request) => {
      const endpoint = await findEndpoint(db, request, request.params.endpointId)
      return { data: endpointJson(endpoint, now()) }
    },
  })
}
