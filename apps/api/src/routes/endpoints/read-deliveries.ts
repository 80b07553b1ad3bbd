import type { DeliveryState } from '@seer/core/log/deliveries/delivery'
import type { DeliveryFilter } from '@seer/core/log/deliveries/delivery-store'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import { z } from 'zod'
import { type ApiScope, answers, apiPrefix, dataOf, pageOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { cursorField, splitAtCommas, timeField } from '../query-fields.ts'
import {
  DeliveryParams,
  DeliveryWithAttempts,
  shownStates,
  toAttempt,
  toDelivery,
  WebhookDelivery,
} from './delivery-schema.ts'
import { EndpointParams } from './endpoint-schema.ts'
import { findDelivery, findEndpoint } from './find-endpoint.ts'

const time = timeField()

const DeliveriesQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({ description: 'How many deliveries a page has at most.' }),
  cursor: cursorField(),
  state: z
    .preprocess(splitAtCommas, z.array(z.enum(shownStates)).min(1).max(shownStates.length))
    .optional()
    .meta({ description: 'Only deliveries in one of these states: `state=failed,held`.', examples: [['failed']] }),
  since: time.optional().meta({ description: 'Only deliveries that came into being at this time or later.' }),
  until: time.optional().meta({ description: 'Only deliveries that came into being before this time.' }),
})
type DeliveriesQuery = z.output<typeof DeliveriesQuery>

export function readDeliveriesRoutes(app: ApiScope, { db }: Pick<ApiDeps, 'db'>): void {
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/deliveries`,
    config: { access: 'read' },
    schema: {
      tags: ['Endpoints'],
      summary: 'List what was sent to a webhook endpoint',
      description: 'One delivery for each event, the newest event first.',
      params: EndpointParams,
      querystring: DeliveriesQuery,
      response: answers({ 200: pageOf(WebhookDelivery, 'A page of deliveries.') }),
    },
    handler: async (request) => {
      const endpoint = await findEndpoint(db, request, request.params.endpointId)
      const { limit, cursor } = request.query
      const filter = toFilter(request.query, endpoint)
      const before = cursor === undefined ? null : readCursor(cursor)
      // One more than asked for tells whether there is a next page.
      const found = filter ? await db.deliveries.list(endpoint.id, filter, before, limit + 1) : []
      const page = found.slice(0, limit)
      const data = page.map((delivery) => toDelivery(delivery, endpoint))
      return found.length > limit ? { data, nextCursor: String(page.at(-1)?.position) } : { data }
    },
  })
  app.route({
    method: 'GET',
    url: `${apiPrefix}/webhook-endpoints/:endpointId/deliveries/:deliveryId`,
    config: { access: 'read' },
    schema: {
      tags: ['Endpoints'],
      summary: 'Show a delivery with its attempts',
      params: DeliveryParams,
      response: answers({ 200: dataOf(DeliveryWithAttempts, 'The delivery.') }),
    },
    handler: async (request) => {
      const { endpoint, delivery } = await findDelivery(db, request, request.params)
      const attemptList = (await db.deliveries.attempts(delivery.id)).map(toAttempt)
      return { data: { ...toDelivery(delivery, endpoint), attemptList } }
    },
  })
}

/** Null: none can match. While an endpoint is not active, what is pending is held. */
function toFilter({ state: shown, since, until }: DeliveriesQuery, { state }: Endpoint): DeliveryFilter | null {
  if (!shown) return { since, until }
  const other = state === 'active' ? 'held' : 'pending'
  const states = shown
    .filter((each) => each !== other)
    .map((each): DeliveryState => (each === 'held' ? 'pending' : each))
  return states.length > 0 ? { states, since, until } : null
}

/** @throws Problem INVALID_CURSOR */
function readCursor(cursor: string): number {
  if (/^[1-9]\d{0,15}$/.test(cursor) && Number.isSafeInteger(Number(cursor))) return Number(cursor)
  throw new Problem('INVALID_CURSOR', { errors: [{ path: 'cursor', message: 'is not a nextCursor of this list' }] })
}
