import { endpointJson } from '@seer/core/log/endpoints/endpoint-json'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { anyId } from '../query-fields.ts'
import { EndpointParams, viewerOf, WebhookEndpoint } from './endpoint-schema.ts'
import { findEndpoint } from './find-endpoint.ts'

const EndpointsQuery = z.strictObject({
  botId: anyId()
    .optional()
    .meta({ description: 'Only the endpoints that `webhookUrl` made for this bot, by its `id`.' }),
})

export function readEndpointsRoutes(app: ApiScope, { db, now }: Pick<ApiDeps, 'db' | 'now'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-endpoints`,
    config: { access: 'read' },
    schema: {
      tags: ['Endpoints'],
      summary: 'List webhook endpoints',
      description:
        'Your endpoints, the newest first, without those for one bot. With a key that has the scope `admin`, also those for the events of all users.',
      querystring: EndpointsQuery,
      response: answers({ 200: dataOf(z.array(WebhookEndpoint), 'All of them.') }),
    },
    handler: async (request) => {
      const found = await db.endpoints.list(viewerOf(callerOf(request)), request.query.botId ?? null)
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
