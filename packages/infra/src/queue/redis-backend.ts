import { type Processor, Queue, Worker } from 'bullmq'
import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '../observe/logger.ts'
import type { QueueBackend, WorkerSettings } from './queue-backend.ts'
import { asUnavailable, logStoreErrors, unavailable } from './store-errors.ts'
import { endsWithin, within } from './within.ts'

type RedisBackendOptions = { redisUrl: string; prefix: string; callTimeoutMs: number; log: Logger }

/** Back within a second of Redis, without hammering it while it starts. */
const retryStrategy = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000)

/** Fails instead of waiting, because somebody's HTTP request waits with it. */
const producerOptions: RedisOptions = {
  retryStrategy,
  connectTimeout: 2_000,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  // A server that swallows commands without an answer is given up and connected to anew.
  socketTimeout: 5_000,
}

/** Waits instead of failing: a worker has nothing better to do. BullMQ demands the null. */
const workerOptions: RedisOptions = {
  retryStrategy,
  connectTimeout: 5_000,
  maxRetriesPerRequest: null,
  // Twice BullMQ's longest wait for a job. A server that fell silent, as in a failover, would be waited for for ever.
  socketTimeout: 20_000,
}

/**
 * BullMQ on Redis: one connection for all producers of the process; one for its workers and one more for each of them.
 */
export function openRedisBackend({ redisUrl, prefix, callTimeoutMs, log }: RedisBackendOptions): QueueBackend {
  const onError = logStoreErrors(log, 'redis')
  const producer = new Redis(redisUrl, producerOptions)
  producer.on('error', onError)
  const isReady = watchReadiness(producer, callTimeoutMs / 2)
  const workers = openWorkerConnections(redisUrl, onError)

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
    // Redis runs BullMQ's scripts one after the other, and the second of two equal ones finds the work of the first.
    callAlone: call,
    ping: () => call(async () => void (await producer.ping())),
    openQueue(name) {
      // Without its check of the server's version BullMQ needs no answer from Redis to become usable.
      const queue = new Queue(name, { connection: producer, prefix, skipVersionCheck: true })
      return queue.on('error', onError)
    },
    openWorker(name: string, processor: Processor, settings: WorkerSettings) {
      const options = { ...settings, connection: workers.shared(), prefix, autorun: false }
      return new Worker(name, processor, options).on('error', onError)
    },
    async close() {
      workers.disconnect()
      if (producer.status === 'ready') await endsWithin(callTimeoutMs, producer.quit())
      disconnect(producer)
    },
  }
}

/**
 * A connection that was lost a moment ago is usually back at once: callers wait for it up to `graceMs` after the loss,
 * later ones not at all.
 * @returns a function that waits like that and says whether the connection stands.
 */
function watchReadiness(redis: Redis, graceMs: number): () => Promise<boolean> {
  const state = { ready: false, lostAt: Date.now(), next: nextReady(redis) }
  redis.on('ready', () => {
    state.ready = true
  })
  redis.on('close', () => {
    // Also emitted for every failed attempt to reconnect, which must not start the grace again.
    if (!state.ready) return
    Object.assign(state, { ready: false, lostAt: Date.now(), next: nextReady(redis) })
  })
  return async () => {
    const graceLeftMs = state.lostAt + graceMs - Date.now()
    if (!state.ready && graceLeftMs > 0) await endsWithin(graceLeftMs, state.next)
    return state.ready
  }
}

/** One promise for all who wait: a listener for each of a thousand requests would be a thousand listeners. */
function nextReady(redis: Redis): Promise<void> {
  return new Promise((resolve) => redis.once('ready', () => resolve()))
}

/** Opened with the first worker; a process without workers, the API, has none. */
function openWorkerConnections(redisUrl: string, onError: (error: unknown) => void) {
  const connections = new Set<Redis>()
  let shared: Redis | undefined
  function open(): Redis {
    const redis = new Redis(redisUrl, workerOptions)
    redis.on('error', onError)
    connections.add(redis)
    // BullMQ duplicates the connection for each worker's blocking call. Its own forced close waits for Redis, so we
    // keep hold of the copies.
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

/** To disconnect what has ended already would start a timer of ioredis that holds the process for two seconds. */
function disconnect(redis: Redis): void {
  if (redis.status !== 'end') redis.disconnect()
}
