import { deliverJob } from '@seer/core/log/deliveries/delivery-store'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { startOf } from '../events/event-query.ts'
import { timeField } from '../query-fields.ts'
import { DeliveryParams, toDelivery, WebhookDelivery } from './delivery-schema.ts'
import { EndpointParams } from './endpoint-schema.ts'
import { findDelivery, findEndpoint } from './find-endpoint.ts'

const time = timeField()

const RecoverOrder = z
  .strictObject({
    since: time.meta({ description: 'Deliveries that came into being at this time or later.' }),
    until: time.optional().meta({ description: 'And before this time.' }),
  })
  .refine(({ since, until }) => until === undefined || since < until, {
    path: ['until'],
    message: 'must be after since, because otherwise nothing can match',
  })
  .meta({ id: 'WebhookRecoverOrder', example: { since: '2030-01-31T14:00:00Z' } })

const ReplayOrder = z
  .strictObject({
    after: z.int().min(0).meta({ description: 'A position: events after it are sent again. 0 for all that are kept.' }),
  })
  .meta({ id: 'WebhookReplayOrder', example: { after: 1_834 } })

const Recovered = z
  .object({ recovered: z.int().meta({ description: 'How many deliveries are sent again.' }) })
  .meta({ id: 'WebhookRecovered' })
const Replayed = z
  .object({
    after: z.int(),
    upTo: z.int().meta({ description: 'Events up to this position are sent again; newer ones are sent anyway.' }),
  })
  .meta({ id: 'WebhookReplayed' })

const isHeld = 'While the endpoint is paused or disabled they are held, as all others.'

export function sendAgainRoutes(app: ApiScope, { db, queue, now }: ApiDeps): void {
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/deliveries/:deliveryId/retry`,
    config: { access: 'write' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Send a delivery again',
      description: `Sends it now, whatever its state, with ten new attempts. ${isHeld}`,
      params: DeliveryParams,
      response: answers({ 202: dataOf(WebhookDelivery, 'It is sent again.') }),
    },
    handler: async (request, reply) => {
      const { endpoint, delivery } = await findDelivery(db, request, request.params)
      const retried = (await db.deliveries.retry(delivery.id, now())) ?? delivery
      await queue.wake([deliverJob(endpoint.id)])
      return reply.code(202).send({ data: toDelivery(retried, { ...endpoint, retryAt: null }) })
    },
  })
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/recover`,
    config: { access: 'write' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Send again what has failed',
      description: `Sends all failed deliveries of a time again, with ten new attempts each. ${isHeld}`,
      params: EndpointParams,
      body: RecoverOrder,
      response: answers({ 202: dataOf(Recovered, 'They are sent again.') }),
    },
    handler: async (request, reply) => {
      const endpoint = await findEndpoint(db, request, request.params.endpointId)
      const { since, until = null } = request.body
      const recovered = await db.deliveries.recover(endpoint.id, { since, until }, now())
      await queue.wake([deliverJob(endpoint.id)])
      return reply.code(202).send({ data: { recovered } })
    },
  })
  app.route({
    method: 'POST',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/replay`,
    config: { access: 'write' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Send all events after a position again',
      description: `Sends the events that the endpoint wants, whether they were delivered or not, and also those from before it was made. Their ids are the same as before. ${isHeld}`,
      params: EndpointParams,
      body: ReplayOrder,
      response: answers({ 202: dataOf(Replayed, 'They are sent again, in order.') }),
    },
    handler: async (request, reply) => {
      const endpoint = await findEndpoint(db, request, request.params.endpointId)
      const after = startOf(request.body.after || undefined, await db.feed.number())
      const upTo = await db.deliveries.replay(endpoint.id, after)
      return reply.code(202).send({ data: { after, upTo } })
    },
  })
}
