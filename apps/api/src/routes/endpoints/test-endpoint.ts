import { sendTestEvent } from '@seer/core/log/deliveries/send-test-event'
import { isSuccess } from '@seer/core/log/deliveries/webhook-sender'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { attemptFields } from './delivery-schema.ts'
import { secretsNotConfigured } from './endpoint-fields.ts'
import { EndpointParams } from './endpoint-schema.ts'
import { findEndpoint } from './find-endpoint.ts'

const TestResult = z
  .object({
    delivered: z.boolean().meta({ description: 'Whether the status was 2xx.' }),
    ...attemptFields,
  })
  .meta({ id: 'WebhookTestResult' })

export function testEndpointRoute(app: ApiScope, deps: ApiDeps): void {
  const { db, cipher, webhookSender, newId, now } = deps
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/test`,
    config: { access: 'write' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Send a test event',
      description:
        'Sends an event of the type `webhook_test` now, once, to the address to which events are delivered and with the same signature and headers, also while the endpoint is paused or disabled. The answer says what came back.',
      params: EndpointParams,
      response: answers({ 200: dataOf(TestResult, 'What the endpoint has answered.') }),
    },
    handler: async (request) => {
      const endpoint = await findEndpoint(db, request, request.params.endpointId)
      if (!cipher) throw secretsNotConfigured()
      const core = { sender: webhookSender, cipher, newId, now }
      const { retryAfterMs: _, ...answer } = await sendTestEvent(core, endpoint, AbortSignal.timeout(20_000))
      return { data: { delivered: isSuccess(answer), ...answer } }
    },
  })
}
