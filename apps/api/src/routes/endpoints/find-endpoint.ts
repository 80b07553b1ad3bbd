import type { Delivery } from '@seer/core/log/deliveries/delivery'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import type { FastifyRequest } from 'fastify'
import { callerOf } from '../../access/authentication.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { Problem } from '../../problems/problem.ts'
import { noSuchEndpoint, viewerOf } from './endpoint-schema.ts'

type Request = FastifyRequest

/** An endpoint of the caller's. @throws Problem NOT_FOUND */
export async function findEndpoint(
  { endpoints }: Pick<ApiDeps['db'], 'endpoints'>,
  request: Request,
  endpointId: string,
): Promise<Endpoint> {
  const endpoint = await endpoints.findFor(viewerOf(callerOf(request)), endpointId)
  if (!endpoint) throw noSuchEndpoint()
  return endpoint
}

/** A delivery to an endpoint of the caller's. @throws Problem NOT_FOUND */
export async function findDelivery(
  db: Pick<ApiDeps['db'], 'endpoints' | 'deliveries'>,
  request: Request,
  { endpointId, deliveryId }: { endpointId: string; deliveryId: string },
): Promise<{ endpoint: Endpoint; delivery: Delivery }> {
  const endpoint = await findEndpoint(db, request, endpointId)
  const delivery = await db.deliveries.find(deliveryId)
  if (delivery?.endpointId === endpoint.id) return { endpoint, delivery }
  throw new Problem('NOT_FOUND', { detail: 'The endpoint has no delivery with this id, or not any more.' })
}
