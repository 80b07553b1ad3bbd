import { Redis } from 'ioredis'
import type { Logger } from '../observe/logger.ts'

/** A connection for counting requests, shaped for the option `redis` of @fastify/rate-limit. */
export type RateLimitRedis = { client: Redis; nameSpace: string; close(): Promise<void> }

type Options = { redisUrl: string; prefix: string; log: Logger }

/** Connects in the background. When Redis is down or slow, a call fails at once: no request may wait to be counted. */
export function openRateLimitRedis({ redisUrl, prefix, log }: Options): RateLimitRedis {
  const client = new Redis(redisUrl, {
    enableOfflineQueue: false,
    // Requests that are counted at the same moment share a round trip.
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    connectTimeout: 1_000,
    commandTimeout: 500,
    retryStrategy: (attempt) => Math.min(100 * attempt, 2_000),
  })
  let isDown = false
  client.on('error', (error) => {
    if (!isDown) log.warn({ err: error }, 'rate_limit.redis_down')
    isDown = true
  })
  client.on('ready', () => {
    isDown = false
  })
  return { client, nameSpace: `${prefix}:rate-limit:`, close: async () => client.disconnect() }
}
