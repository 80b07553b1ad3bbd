import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { registerRequestFaults } from '../faults/request-faults.ts'
import type { World } from '../world.ts'
import { registerBotActionRoutes } from './bots/bot-action-routes.ts'
import { registerBotRoutes } from './bots/bot-routes.ts'
import { registerScheduledRoutes } from './bots/scheduled-routes.ts'
import { registerCalendarBotRoutes } from './calendars/calendar-bot-routes.ts'
import { registerCalendarRoutes } from './calendars/calendar-routes.ts'
import { registerEventRoutes } from './calendars/event-routes.ts'
import { VendorError } from './vendor-error.ts'

/** The imitated API: key check, write limit and the v2 routes. Register it in a Fastify scope of its own. */
export function registerVendorApi(app: FastifyInstance, world: World): void {
  app.setErrorHandler(answerError)
  if (world.settings.lenient) acceptEmptyJson(app)
  registerRequestFaults(app, world)
  app.addHook('onRequest', async (request) => checkKey(request, world.settings.apiKey))
  app.addHook('onRequest', async (request, reply) => limitWrites(world, request, reply))
  registerScheduledRoutes(app, world)
  registerBotRoutes(app, world)
  registerBotActionRoutes(app, world)
  registerCalendarRoutes(app, world)
  registerEventRoutes(app, world)
  registerCalendarBotRoutes(app, world)
}

/** Any key that is not blank is accepted, unless one was configured. */
function checkKey(request: FastifyRequest, apiKey: string | undefined): void {
  const given = request.headers['x-meeting-baas-api-key']
  const accepted = typeof given === 'string' && given.trim() !== '' && (apiKey === undefined || given === apiKey)
  if (!accepted) throw new VendorError(403, 'FST_ERR_FORBIDDEN', 'Missing or invalid API key.')
}

function limitWrites(world: World, request: FastifyRequest, reply: FastifyReply): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { allowed, limit, remaining, retryAfterSeconds } = world.limiter.admit()
  if (limit === Number.POSITIVE_INFINITY) return
  reply.headers({
    'x-ratelimit-limit': limit,
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset': retryAfterSeconds,
  })
  if (allowed) return
  reply.header('retry-after', retryAfterSeconds)
  const message = `Rate limit exceeded: ${limit} writes per second.`
  throw new VendorError(429, 'FST_ERR_TOO_MANY_REQUESTS', message, retryAfterSeconds)
}

/**
 * The vendor's errors have the vendor's shape. What Fastify itself refuses keeps Fastify's shape, as on the live
 * service: an empty JSON body, an unknown media type, a body that is too large.
 */
function answerError(
  error: Error & { code?: string; statusCode?: number },
  _request: FastifyRequest,
  reply: FastifyReply,
) {
  if (error instanceof VendorError) return reply.code(error.statusCode).send(error.body)
  if (error.statusCode !== undefined && error.statusCode < 500) return reply.send(error)
  process.stderr.write(`sandbox: ${error.stack ?? error.message}\n`)
  return reply.code(500).send(new VendorError(500, 'INTERNAL_ERROR', 'Unexpected error in the sandbox.').body)
}

/** For a lenient sandbox: an empty body that claims to be JSON counts as no body. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined)
    return parseJson(request, body as string, done)
  })
}
