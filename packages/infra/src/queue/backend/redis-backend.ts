import { type Processor, Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '../../observe/logger.ts'
import { endsWithin, within } from '../../within.ts'
import type { QueueBackend, WorkerSettings } from './queue-backend.ts'
import { openRedisHints } from './redis-hints.ts'
import { asUnavailable, logStoreErrors, unavailable } from './store-errors.ts'

type RedisBackendOptions = { redisUrl: string; prefix: string; callTimeoutMs: number; log: Logger }

/** Reconnects within a second after Redis is back, without hammering it while it starts. */
const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000)

/** A producer fails and does not wait, because an HTTP request waits for it. */
const producerOptions: RedisOptions = {
  retryStrategy,
  connectTimeout: 2_000,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  // Gives up a server that takes commands and does not answer, and connects anew.
  socketTimeout: 5_000,
}

/** A worker waits and does not fail, because it has nothing better to do. BullMQ demands the null. */
const workerOptions: RedisOptions = {
  retryStrategy,
  connectTimeout: 5_000,
  maxRetriesPerRequest: null,
  // Twice BullMQ's longest wait for a job. Without it, a worker waits for ever for a server that fell silent in a
  // failover.
  socketTimeout: 20_000,
}

/**
 * BullMQ on Redis: one connection for all producers of the process, one that its workers share, and one for each
 * worker.
 */
export function openRedisBackend({ redisUrl, prefix, callTimeoutMs, log }: RedisBackendOptions): QueueBackend {
  const onError = logStoreErrors(log, 'redis')
  const producer = new Redis(redisUrl, producerOptions)
  producer.on('error', onError)
  const isReady = watchReadiness(producer, callTimeoutMs / 2)
  const workers = openWorkerConnections(redisUrl, onError)
  const hints = openRedisHints({ producer, channel: `${prefix}:feed-hint`, onError })

  async function call<T>(work: () => Promise<T>): Promise<T> {
    if (!(await isReady())) throw unavailable('Redis cannot be reached.')
    try {
      return await within(callTimeoutMs, work(), () => unavailable('Redis did not answer in time.'))
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  return {
    kind: 'redis',
    keepCompleted: { age: 3_600, count: 5_000 },
    call,
    // Redis runs BullMQ's scripts one after the other, so the second of two equal ones sees what the first has done.
    callAlone: call,
    ping: () => call(async () => void (await producer.ping())),
    hints,
    openQueue(name) {
      // BullMQ's check of the server's version would wait for an answer from Redis.
      const queue = new Queue(name, { connection: producer, prefix, skipVersionCheck: true })
      return queue.on('error', onError)
    },
    openWorker(name: string, processor: Processor, settings: WorkerSettings) {
      const options = { ...settings, connection: workers.shared(), prefix, autorun: false }
      return new Worker(name, processor, options).on('error', onError)
    },
    async close() {
      workers.disconnect()
      hints.close()
      if (producer.status === 'ready') await endsWithin(callTimeoutMs, producer.quit())
      disconnect(producer)
    },
  }
}

/**
 * A lost connection is usually back at once. So callers wait for it, but only up to `graceMs` after the loss.
 * @returns a function that waits like that and says whether the connection stands
 */
function watchReadiness(redis: Redis, graceMs: number): () => Promise<boolean> {
  const state = { ready: false, lostAt: Date.now(), next: nextReady(redis) }
  redis.on('ready', () => {
    state.ready = true
  })
  redis.on('close', () => {
    // Also emitted after each failed attempt to reconnect. That must not start the grace again.
    if (!state.ready) return
    Object.assign(state, { ready: false, lostAt: Date.now(), next: nextReady(redis) })
  })
  return async () => {
    const graceLeftMs = state.lostAt + graceMs - Date.now()
    if (!state.ready && graceLeftMs > 0) await endsWithin(graceLeftMs, state.next)
    return state.ready
  }
}

/** One promise for all that wait. Otherwise a thousand requests would add a thousand listeners. */
function nextReady(redis: Redis): Promise<void> {
  return new Promise((resolve) => redis.once('ready', () => resolve()))
}

/** Opened with the first worker. A process without workers, such as the API, opens none. */
function openWorkerConnections(redisUrl: string, onError: (error: unknown) => void) {
  const connections = new Set<Redis>()
  let shared: Redis | undefined
  function open(): Redis {
    const redis = new Redis(redisUrl, workerOptions)
    redis.on('error', onError)
    connections.add(redis)
    // BullMQ duplicates the connection for each worker's blocking call. Its forced close would wait for Redis, so the
    // copies are kept here to be closed directly.
    const duplicate = redis.duplicate.bind(redis)
    redis.duplicate = (override) => {
      const copy = duplicate(override)
      connections.add(copy)
      return copy
    }
    return redis
  }
  return {
    shared(): Redis {
      shared ??= open()
      return shared
    },
    disconnect() {
      for (const redis of connections) disconnect(redis)
      connections.clear()
    },
  }
}

/** Disconnecting twice would start a timer of ioredis that keeps the process alive for two seconds. */
function disconnect(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect()
}
