import { type CreateEndpointOutcome, createEndpoint } from '@seer/core/log/endpoints/create-endpoint'
import { endpointsAtMost } from '@seer/core/log/endpoints/endpoint'
import { endpointJson } from '@seer/core/log/endpoints/endpoint-json'
import { z } from 'zod'
import { callerOf, demandScope } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { demandFilter, demandUrl, endpointFields, secretField, secretsNotConfigured } from './endpoint-fields.ts'
import { EndpointWithSecret } from './endpoint-schema.ts'

const EndpointOrder = z
  .strictObject({
    ...endpointFields,
    secret: secretField,
    allUsers: z
      .boolean()
      .default(false)
      .meta({ description: 'Whether it gets the events of all users. Needs a key with the scope `admin`.' }),
  })
  .meta({ id: 'WebhookEndpointOrder', example: { url: 'https://app.example.com/webhooks/seer', events: ['bot.*'] } })

export function createEndpointRoute(app: ApiScope, deps: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-endpoints`,
    config: { access: 'write', tellsSecret: true },
    schema: {
      tags: ['Endpoints'],
      summary: 'Add a webhook endpoint',
      description: `Events that happen from now on are sent to it, signed as [Standard Webhooks](https://www.standardwebhooks.com) say; [the page on webhooks](/docs/webhooks) shows how to verify them. The answer has the secret, and no later one has. A user may have ${endpointsAtMost} endpoints, not counting those that a \`webhookUrl\` makes.`,
      body: EndpointOrder,
      response: answers({ 201: dataOf(EndpointWithSecret, 'The endpoint, with its secret.') }),
    },
    handler: async (request, reply) => {
      const caller = callerOf(request)
      const { allUsers, paused = false, secret = null, ...order } = request.body
      if (allUsers) demandScope(caller, 'admin')
      demandUrl(deps, order.url)
      demandFilter(order.filter, allUsers)
      const { description = null, filter = {}, headers = {} } = order
      const userId = allUsers ? null : caller.userId
      const wish = { ...order, description, filter, headers, userId, isPaused: paused, secret }
      const created = createdOf(await createEndpoint({ ...deps, ...deps.db }, wish))
      const data = { ...endpointJson(created.endpoint, deps.now()), secret: created.secret }
      return reply.code(201).header('location', `${apiPrefix}/webhook-endpoints/${data.id}`).send({ data })
    },
  })
}

/** @throws Problem for an order that was not taken */
function createdOf(result: CreateEndpointOutcome) {
  switch (result.outcome) {
    case 'created':
      return result
    case 'cannot_keep_secrets':
      throw secretsNotConfigured()
    case 'too_many':
      throw new Problem('ENDPOINT_LIMIT_REACHED', {
        detail: `There may be ${endpointsAtMost} endpoints. Delete one first.`,
      })
    case 'no_user':
      throw new Problem('USER_BEING_DELETED')
  }
}
