import { changeEndpoint, rotateSecret } from '@seer/core/log/endpoints/change-endpoint'
import { endpointJson } from '@seer/core/log/endpoints/endpoint-json'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import type { Problem } from '../../problems/problem.ts'
import { demandFilter, demandUrl, endpointFields, secretField, secretsNotConfigured } from './endpoint-fields.ts'
import { EndpointParams, EndpointWithSecret, noSuchEndpoint, viewerOf, WebhookEndpoint } from './endpoint-schema.ts'

const EndpointChanges = z
  .strictObject(endpointFields)
  .partial()
  .meta({ id: 'WebhookEndpointChanges', example: { events: ['bot.*', 'integration.*'], paused: false } })

const Rotation = z.strictObject({ secret: secretField }).nullable().meta({ id: 'WebhookSecretRotation', example: {} })

export function changeEndpointRoutes(app: ApiScope, deps: ApiDeps): void {
  const core = { ...deps, ...deps.db }
  app.route({
    method: 'PATCH',
    url: `${apiPrefix}/webhook-endpoints/:endpointId`,
    config: { access: 'write' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Change a webhook endpoint',
      description:
        'A field that you leave out stays as it is. `filter` and `headers` are replaced as a whole; `{}` removes them. With `paused: false` an endpoint that was paused or disabled is active again, and gets what was held for it, in order.',
      params: EndpointParams,
      body: EndpointChanges,
      response: answers({ 200: dataOf(WebhookEndpoint, 'The endpoint as it is now.') }),
    },
    handler: async (request) => {
      const viewer = viewerOf(callerOf(request))
      const { endpointId } = request.params
      const { paused, ...changes } = request.body
      demandUrl(deps, changes.url)
      const before = await deps.db.endpoints.findFor(viewer, endpointId)
      if (!before) throw noSuchEndpoint()
      demandFilter(changes.filter, before.userId === null)
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const isPaused = paused === undefined ? {} : { isPaused: paused }
      const changed = await changeEndpoint(core, { viewer, endpointId, ...given, ...isPaused })
      if (changed.outcome !== 'changed') throw refusal(changed.outcome)
      return { data: endpointJson(changed.endpoint, deps.now()) }
    },
  })
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/rotate-secret`,
    config: { access: 'write', tellsSecret: true },
    schema: {
      tags: ['Endpoints'],
      summary: 'Give a webhook endpoint a new secret',
      description:
        'For 24 hours both secrets sign, so that you can change over without losing an event. A secret from an earlier rotation ends at once.',
      params: EndpointParams,
      body: Rotation,
      response: answers({ 200: dataOf(EndpointWithSecret, 'The endpoint, with its new secret.') }),
    },
    handler: async (request) => {
      const viewer = viewerOf(callerOf(request))
      const order = { viewer, endpointId: request.params.endpointId, secret: request.body?.secret ?? null }
      const rotated = await rotateSecret(core, order)
      if (rotated.outcome !== 'rotated') throw refusal(rotated.outcome)
      return { data: { ...endpointJson(rotated.endpoint, deps.now()), secret: rotated.secret } }
    },
  })
}

function refusal(outcome: 'not_found' | 'cannot_keep_secrets'): Problem {
  return outcome === 'not_found' ? noSuchEndpoint() : secretsNotConfigured()
}
