import { receiveWebhook } from '@seer/core/webhooks/receive-webhook'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { sendProblem } from '../../problems/error-handler.ts'
import { Problem } from '../../problems/problem.ts'

/** Meeting BaaS sends a few kilobytes; a long chat message or list of people may be more. */
const largestWebhook = 1_048_576

const json = 'application/json; charset=utf-8'
const received = { stored: answer(false), duplicate: answer(true) }

/** Text, because Node sends a text body together with the headers in one write. */
function answer(duplicate: boolean): string {
  return JSON.stringify({ data: { received: true, duplicate } })
}

/**
 * `POST /webhooks`, the hot path: raw bytes in, one committed row, 2xx out (core/webhooks/receive-webhook.ts). It lies in
 * a scope of its own, without the hooks of the API: no parsing, no limits (Meeting BaaS disables endpoints that answer
 * 429), no line per request above `debug`. What it did is counted and summed up once a minute (summarise-webhooks.ts).
 */
export async function webhookRoutes(app: FastifyInstance, { deps }: { deps: ApiDeps }): Promise<void> {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: largestWebhook }, (_request, body, done) =>
    done(null, body),
  )
  const handler = createHandler(deps)
  app.route({
    // A callback can be configured as PUT at Meeting BaaS.
    method: ['POST', 'PUT'],
    url: `${apiPrefix}/webhooks`,
    bodyLimit: largestWebhook,
    handler,
  })
}

const noBody = Buffer.alloc(0)

function createHandler(deps: ApiDeps) {
  const { webhookCounters: counters, log, now, newId } = deps
  const core = { reader: deps.vendor.reader, inbox: deps.db.inbox, wake: deps.wakeWebhook, newId, now }
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const body = Buffer.isBuffer(request.body) ? request.body : noBody
    const result = await receiveWebhook(core, { headers: request.headers, body }).catch((error: unknown) => {
      counters.unavailable += 1
      log.error({ requestId: request.id, err: error }, 'webhook.not_stored')
      throw error
    })
    if (log.isLevelEnabled('debug')) log.debug({ requestId: request.id, ...result }, 'webhook.received')
    switch (result.outcome) {
      case 'stored':
      case 'duplicate':
        counters[result.outcome] += 1
        return reply.header('content-type', json).send(received[result.outcome])
      case 'not_authenticated':
        counters.notAuthenticated += 1
        return sendProblem(reply, new Problem('WEBHOOK_NOT_AUTHENTICATED'))
      case 'invalid':
        counters.invalid += 1
        return sendProblem(reply, new Problem(codeFor(result.errors), { errors: result.errors }))
    }
  }
}

/** The reader names `body` when it could not read any field. */
function codeFor(errors: { path: string }[]): 'INVALID_JSON' | 'VALIDATION_FAILED' {
  return errors.some(({ path }) => path === 'body') ? 'INVALID_JSON' : 'VALIDATION_FAILED'
}
