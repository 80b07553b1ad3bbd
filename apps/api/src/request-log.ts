import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Logger } from '@seer/infra/observe/logger'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** The meeting that a request is about, as soon as that is known. With it the log can be searched for a meeting. */
    meetingId: string | null
  }
}

/** Unique for this process; the rest is a counter, because every webhook gets an id and hardly any is ever looked at. */
const idStart = randomUUID().slice(0, 13)
let requests = 0

/** The caller's own id for the request if it is a valid one, otherwise a new id. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : `${idStart}-${(++requests).toString(36)}`
}

/** Tells every caller the id of its request and writes one line about each when it is over. */
export function logRequests(app: FastifyInstance, log: Logger): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  app.addHook('onResponse', async (request, reply) => {
    if (request.failure) log.error({ ...describe(request, reply), err: request.failure }, 'request.finished')
    else if (isRoutine(request)) log.debug(describe(request, reply), 'request.finished')
    else log.info(describe(request, reply), 'request.finished')
  })
}

function describe(request: FastifyRequest, reply: FastifyReply) {
  return {
    requestId: request.id,
    method: request.method,
    route: request.routeOptions.url ?? null,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
    userId: request.caller?.userId,
    meetingId: request.meetingId ?? undefined,
  }
}

/** Requests of load balancers every few seconds, and of our pages for their files. They are not worth a line at `info`. */
function isRoutine({ routeOptions: { url } }: FastifyRequest): boolean {
  return url !== undefined && (url.startsWith('/api/health') || url.includes('/static/'))
}
