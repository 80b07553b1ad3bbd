import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { isWebhookSecret } from '../notifications/svix-signature.ts'
import type { World } from '../world.ts'
import { notFound, read } from './control-error.ts'
import { presentEndpoint } from './present-control.ts'

const secret = z.string().refine(isWebhookSecret, 'must be whsec_ followed by base64')
const fields = {
  url: z.url({ protocol: /^https?$/ }),
  secrets: z.array(secret).min(1).max(5),
  events: z.array(z.string().min(1)),
}
const createSchema = z.strictObject({ ...fields, secrets: fields.secrets.optional(), events: fields.events.optional() })
const changeSchema = z.strictObject({ ...fields, enabled: z.boolean() }).partial()

/** The team's webhook endpoints. At the live service only its dashboard manages them. */
export function registerEndpointControl(app: FastifyInstance, world: World): void {
  const { endpoints } = world
  const find = (params: unknown) => {
    const endpoint = endpoints.get((params as { id: string }).id)
    if (!endpoint) throw notFound('webhook endpoint')
    return endpoint
  }

  app.get('/sandbox/webhook-endpoints', () => ({ endpoints: endpoints.all.map(presentEndpoint) }))

  app.post('/sandbox/webhook-endpoints', (request, reply) =>
    reply.code(201).send(presentEndpoint(endpoints.add(read(createSchema, request.body)))),
  )

  app.patch('/sandbox/webhook-endpoints/:id', (request) => {
    const endpoint = find(request.params)
    const { enabled, ...changes } = read(changeSchema, request.body)
    Object.assign(endpoint, changes)
    // Enabling an endpoint by hand starts its five days again.
    if (enabled !== undefined) Object.assign(endpoint, { enabled, failingSince: null })
    return presentEndpoint(endpoint)
  })

  app.delete('/sandbox/webhook-endpoints/:id', (request, reply) => {
    endpoints.remove(find(request.params).id)
    return reply.code(204).send()
  })
}
