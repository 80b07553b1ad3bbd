import fastifyRateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ApiDeps } from '../dependencies.ts'
import { Problem } from '../problems/problem.ts'

const minuteMs = 60_000
/** Requests without a valid key that one address may make a minute: enough for mistakes, too few for a flood. */
export const failuresPerMinute = 60
/** How many callers one process counts at the same time when there is no Redis. */
const callersAtMost = 10_000

/** Requests without a valid key, counted by address. */
export type FailedAttempts = {
  /** @throws Problem RATE_LIMITED when there were too many */
  count(request: FastifyRequest): Promise<void>
  /** The same without counting this one. */
  refuseAboveLimit(request: FastifyRequest): Promise<void>
}

/**
 * Limits how often one API key may call the routes that are declared afterwards. With Redis all processes count together.
 * While Redis is down, nobody is limited. Without Redis each process counts for itself.
 */
export async function limitRates(
  app: FastifyInstance,
  deps: Pick<ApiDeps, 'rateLimitRedis' | 'options'>,
): Promise<void> {
  const { rateLimitRedis } = deps
  const store = rateLimitRedis ? { redis: rateLimitRedis.client, nameSpace: rateLimitRedis.nameSpace } : {}
  await app.register(fastifyRateLimit, {
    ...store,
    cache: callersAtMost,
    max: deps.options.requestsPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => `key:${request.caller?.apiKeyId ?? request.ip}`,
    allowList: (request) => request.caller === null,
    skipOnError: true,
    enableDraftSpec: true,
    errorResponseBuilder: (_, { ttl }) => tooMany(ttl),
  })
}

/** For an app on which `limitRates` was called. */
export function countFailures(app: FastifyInstance): FailedAttempts {
  const limit = app.createRateLimit({
    max: failuresPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => `ip:${request.ip}`,
    allowList: [],
  })
  return {
    async count(request) {
      const result = await limit(request)
      if (!result.isAllowed && result.isExceeded) throw tooMany(result.ttl)
    },
    async refuseAboveLimit(request) {
      const result = await limit(request, { increment: false })
      if (!result.isAllowed && result.remaining === 0) throw tooMany(result.ttl)
    },
  }
}

function tooMany(ttlMs: number): Problem {
  const seconds = String(Math.max(1, Math.ceil(ttlMs / 1_000)))
  return new Problem('RATE_LIMITED', {
    detail: `Too many requests; try again in ${seconds} s.`,
    headers: { 'retry-after': seconds },
  })
}
