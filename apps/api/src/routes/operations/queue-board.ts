import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Authenticate, demandScope } from '../../access/authentication.ts'
import { apiKeyOf, basicPasswordOf } from '../../access/credentials.ts'
import type { ApiDeps } from '../../dependencies.ts'
import { handleError } from '../../problems/error-handler.ts'
import { Problem } from '../../problems/problem.ts'
import { setSecurityHeaders } from '../../security-headers.ts'

export const boardPath = '/admin/queues'

type Options = { deps: Pick<ApiDeps, 'queue'>; authenticate: Authenticate }

/**
 * Bull Board, in which operators look at jobs and replay dead letters. A browser sends the API key as the password of HTTP
 * Basic, with any user name. Scripts may send it as on every other route.
 */
export async function queueBoard(app: FastifyInstance, { deps, authenticate }: Options): Promise<void> {
  setSecurityHeaders(app)
  app.addHook('onRequest', async (request, reply) => {
    // Answered here, because Bull Board brings an error handler of its own.
    await admit(request, authenticate).catch((error: unknown) => handleError(error, request, reply))
  })
  app.addHook('onSend', async (_request, reply, payload) => withoutForeignFonts(reply, payload))
  const adapter = new FastifyAdapter().setBasePath(boardPath)
  createBullBoard({
    queues: deps.queue.boardQueues().map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Seer queues' } },
  })
  await app.register(adapter.registerPlugin(), { prefix: boardPath })
}

/** Bull Board's page asks Google for its fonts. Our policy forbids that to browsers, which then complain in their console. */
function withoutForeignFonts(reply: FastifyReply, payload: unknown): unknown {
  const isPage = typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html')
  return isPage ? payload.replace(/<link[^>]+href="https:[^>]*>/g, '') : payload
}

async function admit(request: FastifyRequest, authenticate: Authenticate): Promise<void> {
  refuseOtherSites(request)
  const key = apiKeyOf(request.headers) ?? basicPasswordOf(request.headers)
  request.caller = await authenticate(request, key).catch(askForPassword)
  demandScope(request.caller, 'admin')
}

/** A browser sends Basic credentials even with requests that another site makes it send. */
function refuseOtherSites({ method, headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site']
  if (method !== 'GET' && site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw new Problem('FORBIDDEN', { detail: 'Requests from other sites are refused.' })
  }
}

function askForPassword(error: unknown): never {
  if (!(error instanceof Problem) || error.code !== 'UNAUTHENTICATED') throw error
  throw new Problem('UNAUTHENTICATED', {
    detail: 'Sign in with an API key of scope "admin" as password, and any user name.',
    headers: { 'www-authenticate': 'Basic realm="Seer queues", charset="UTF-8"' },
  })
}
