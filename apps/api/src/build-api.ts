import type { Socket } from 'node:net'
import fastifyAccepts from '@fastify/accepts'
import Fastify, { type FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { type Authenticate, createAuthentication, demandScope } from './access/authentication.ts'
import { apiKeyOf } from './access/credentials.ts'
import { acceptIdempotencyKeys } from './access/idempotency.ts'
import { countFailures, type FailedAttempts, limitRates } from './access/rate-limit.ts'
import { createTokenAuthentication, streamTokenOf } from './access/stream-token.ts'
import { type ApiScope, demandAccessOnRoutes, refuseUnknownQueries } from './api-scope.ts'
import type { ApiDeps } from './dependencies.ts'
import { guideRoutes } from './guides.ts'
import { handleClientError, handleError, sendProblem } from './problems/error-handler.ts'
import { answerUnknownRoutes } from './problems/not-found.ts'
import { toProblem } from './problems/to-problem.ts'
import { serializerCompiler, validatorCompiler } from './problems/validation.ts'
import { describeRoutes, referencePath, serveReference } from './reference.ts'
import { logRequests, requestIdOf } from './request-log.ts'
import { botStatsRoute } from './routes/bots/bot-stats.ts'
import { createBotRoute } from './routes/bots/create-bot.ts'
import { endBotRoute } from './routes/bots/end-bot.ts'
import { getBotRoute } from './routes/bots/get-bot.ts'
import { listBotEventsRoute } from './routes/bots/list-bot-events.ts'
import { listBotsRoute } from './routes/bots/list-bots.ts'
import { calendarRoutes } from './routes/calendars/calendar-routes.ts'
import { dataRoutes } from './routes/data/data-routes.ts'
import { endpointRoutes } from './routes/endpoints/endpoint-routes.ts'
import { eventRoutes } from './routes/events/event-routes.ts'
import { inspectInboxRoutes } from './routes/inbox/inspect-inbox.ts'
import { replayEventsRoutes } from './routes/inbox/replay-events.ts'
import { healthRoutes } from './routes/operations/health.ts'
import { metricsRoute } from './routes/operations/metrics.ts'
import { queueBoard } from './routes/operations/queue-board.ts'
import { schedulerStatusRoute } from './routes/operations/scheduler-status.ts'
import { getRecordingContentRoute } from './routes/recordings/get-recording-content.ts'
import { listRecordingsRoute } from './routes/recordings/list-recordings.ts'
import { schedulingRoutes } from './routes/scheduling/scheduling-routes.ts'
import { transcriptRoutes } from './routes/transcripts/transcript-routes.ts'
import { webhookRoutes } from './routes/webhooks/receive-webhook.ts'
import { setSecurityHeaders } from './security-headers.ts'

/** Requests to the API are small. The largest part of one is `extra`. */
const largestBody = 65_536

/** Milliseconds. A client that sends its headers or its body more slowly than this is cut off. */
const headersTimeout = 15_000
const requestTimeout = 30_000
/** Longer than the idle timeout of usual load balancers (60 s), so that they close first. */
const keepAliveTimeout = 72_000

/**
 * Builds the server; listening is the caller's part. Three scopes under one error handler: webhooks with as little as
 * possible around them, the API with callers, limits and schemas, and the queue board for operators.
 */
export function buildApi(deps: ApiDeps): FastifyInstance {
  const app = Fastify({
    bodyLimit: largestBody,
    trustProxy: trustOf(deps.options.trustProxy),
    requestTimeout,
    keepAliveTimeout,
    http: { headersTimeout },
    routerOptions: { ignoreTrailingSlash: true, caseSensitive: true },
    genReqId: requestIdOf,
    // One line of our own for each request (request-log.ts).
    logger: false,
    clientErrorHandler: handleClientError,
    frameworkErrors: (error, _request, reply) => void sendProblem(reply, toProblem(error)),
  })
  app.decorateRequest('caller', null)
  app.decorateRequest('streamToken', null)
  app.decorateRequest('failure', null)
  app.decorateRequest('meetingId', null)
  app.setErrorHandler(handleError)
  answerUnknownRoutes(app)
  closeConnectionsThatFallIdle(app)
  void app.register(webhookRoutes, { deps })
  void app.register((scope) => apiRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps))
  return app
}

async function apiRoutes(app: ApiScope, deps: ApiDeps): Promise<void> {
  logRequests(app, deps.log)
  await limitRates(app, deps)
  const failures = countFailures(app)
  const authenticate = createAuthentication({ keys: deps.db.apiKeys, now: deps.now }, failures)
  void app.register(queueBoard, { deps, authenticate })
  const authenticateToken = createTokenAuthentication({ signer: deps.tokenSigner, now: deps.now }, failures)
  const access = { authenticate, authenticateToken, failures }
  await app.register((scope) => documentedRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps, access))
}

type Access = { authenticate: Authenticate; authenticateToken: Authenticate<string>; failures: FailedAttempts }

async function documentedRoutes(app: ApiScope, deps: ApiDeps, access: Access): Promise<void> {
  // Within this scope, because the plugins around it bring plain JSON schemas.
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // Everything but JSON is refused with 415.
  app.removeContentTypeParser('text/plain')
  setSecurityHeaders(app)
  demandCallers(app, access)
  demandAccessOnRoutes(app, { publicPath: referencePath })
  refuseUnknownQueries(app, { publicPath: referencePath })
  acceptIdempotencyKeys(app, deps)
  await app.register(fastifyAccepts)
  await describeRoutes(app, deps.options)
  healthRoutes(app, deps)
  createBotRoute(app, deps)
  listBotsRoute(app, deps)
  botStatsRoute(app, deps)
  getBotRoute(app, deps)
  listBotEventsRoute(app, deps)
  listRecordingsRoute(app, deps)
  getRecordingContentRoute(app, deps)
  endBotRoute(app, deps)
  const followers = eventRoutes(app, deps)
  endpointRoutes(app, deps)
  transcriptRoutes(app, deps)
  dataRoutes(app, deps)
  calendarRoutes(app, deps, access.failures)
  schedulingRoutes(app, deps)
  schedulerStatusRoute(app, deps)
  inspectInboxRoutes(app, deps)
  replayEventsRoutes(app, deps)
  metricsRoute(app, deps, followers)
  guideRoutes(app, { referencePath })
  await serveReference(app)
}

function demandCallers(app: ApiScope, { authenticate, authenticateToken }: Access): void {
  app.addHook('onRequest', async (request, reply) => {
    const access = request.routeOptions.config.access
    if (access === undefined || access === 'public') return
    const token = streamTokenOf(request)
    if (token === null) {
      request.caller = await authenticate(request, apiKeyOf(request.headers))
    } else {
      // Pages of any origin may read with a token: it is in the address, and no cookie counts here.
      reply.header('access-control-allow-origin', '*')
      request.caller = await authenticateToken(request, token)
    }
    demandScope(request.caller, access)
  })
}

/** A number means how many proxies in front of us are believed. */
function trustOf(proxies: boolean | number | string[]) {
  return typeof proxies === 'number' ? (_address: string, hop: number) => hop < proxies : proxies
}

/**
 * When the server is told to close, Node closes only the connections that are idle at that moment. A connection that still
 * has a request stays open after its answer, for as long as `keepAliveTimeout`, and so the process does not end. Neither does
 * Node count those on which nothing has come yet. Browsers open some ahead of need.
 */
function closeConnectionsThatFallIdle(app: FastifyInstance): void {
  const connections = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })
  app.addHook('preClose', async () => {
    if (!app.server.listening) return
    const timer = setInterval(() => {
      app.server.closeIdleConnections()
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
    }, 50)
    app.server.once('close', () => clearInterval(timer))
    timer.unref()
  })
}
