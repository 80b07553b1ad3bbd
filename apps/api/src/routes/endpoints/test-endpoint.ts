import { sendTestEvent } from '@seer/core/log/deliveries/send-test-event'
import { isSuccess, webhookProblems } from '@seer/core/log/deliveries/webhook-sender'
import { z } from 'zod'
import { callerOf } from '../../access/authentication.ts'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { secretsNotConfigured } from './endpoint-fields.ts'
import { EndpointParams, noSuchEndpoint, viewerOf } from './endpoint-schema.ts'

/** What came of one request to an endpoint. */
export const attemptFields = {
  status: z.int().nullable().meta({ description: 'The status that was answered; null when no answer came.' }),
  durationMs: z.int(),
  answer: z.string().nullable().meta({ description: 'The start of what was answered, at most 4 kB.' }),
  problem: z.enum(webhookProblems).nullable().meta({
    description:
      '`timed_out`: the whole answer had not come within 15 s. `unreachable`: no connection, or it broke. `not_allowed`: the address is, or leads to, one that Seer may not connect to.',
  }),
  detail: z.string().nullable().meta({ description: 'One sentence about the problem.' }),
}

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
      const endpoint = await db.endpoints.findFor(viewerOf(callerOf(request)), request.params.endpointId)
      if (!endpoint) throw noSuchEndpoint()
      if (!cipher) throw secretsNotConfigured()
      const core = { sender: webhookSender, cipher, newId, now }
      const { retryAfterMs: _, ...answer } = await sendTestEvent(core, endpoint, AbortSignal.timeout(20_000))
      return { data: { delivered: isSuccess(answer), ...answer } }
    },
  })
}
