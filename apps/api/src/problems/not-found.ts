import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { sendProblem } from './error-handler.ts'
import { Problem } from './problem.ts'

type KnownRoute = { pattern: RegExp; methods: Set<string> }

/** Answers 404 where there is nothing, and 405 with `Allow` where there is something for other methods. */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const known = new Map<string, KnownRoute>()
  app.addHook('onRoute', (route) => remember(known, route))
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = [...known.values()]
      .filter(({ pattern }) => pattern.test(path))
      .flatMap((route) => [...route.methods])
    if (methods.length === 0) return sendProblem(reply, new Problem('NOT_FOUND'))
    const allow = [...new Set(methods)].sort().join(', ')
    return sendProblem(
      reply,
      new Problem('METHOD_NOT_ALLOWED', { detail: `Allowed here: ${allow}.`, headers: { allow } }),
    )
  })
}

function remember(known: Map<string, KnownRoute>, { url, method }: RouteOptions): void {
  const route = known.get(url) ?? { pattern: patternOf(url), methods: new Set() }
  for (const name of [method].flat()) route.methods.add(name)
  known.set(url, route)
}

/** `/bots/:botId` matches one segment in its place, `*` the rest. */
function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replace(/:[^/]+/g, '[^/]+').replace(/\*/g, '.*')}/?$`)
}
