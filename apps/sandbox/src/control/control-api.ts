import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { World } from '../world.ts'
import { registerAccountControl } from './account-control.ts'
import { registerBotControl } from './bot-control.ts'
import { registerCalendarControl } from './calendar-control.ts'
import { registerClockControl } from './clock-control.ts'
import { ControlError } from './control-error.ts'
import { registerEndpointControl } from './endpoint-control.ts'
import { registerEventControl } from './event-control.ts'
import { registerRuleControl } from './rule-control.ts'
import { registerS3Control } from './s3-control.ts'
import { registerSeedControl } from './seed-control.ts'

/**
 * The sandbox's own API under /sandbox: clock, scenarios, faults, meetings, calendars, endpoints, limits. It needs no
 * key. An error is `{error: "<sentence>"}`. Register it in a Fastify scope of its own.
 */
export function registerControlApi(app: FastifyInstance, world: World): void {
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) process.stderr.write(`sandbox: ${error.stack ?? error.message}\n`)
    return reply.code(status).send({ error: error.message })
  })
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? undefined : JSON.parse(body as string))
    } catch {
      done(new ControlError(400, 'The body is not valid JSON.'))
    }
  })
  app.addHook('onRequest', async (request) => refuseForeignPages(request))

  registerClockControl(app, world)
  registerBotControl(app, world)
  registerRuleControl(app, world)
  registerEndpointControl(app, world)
  registerAccountControl(app, world)
  registerCalendarControl(app, world)
  registerEventControl(app, world)
  registerSeedControl(app, world)
  registerS3Control(app, world)
}

/** A web page of another origin must not control the sandbox through the browser of its visitor. */
function refuseForeignPages(request: FastifyRequest): void {
  const { origin, host } = request.headers
  if (request.method === 'GET' || origin === undefined) return
  if (!URL.canParse(origin) || new URL(origin).host !== host) {
    throw new ControlError(403, 'Requests from pages of another origin are refused.')
  }
}
