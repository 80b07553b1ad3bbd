import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { z } from 'zod'
import { type ApiScope, answers, contentOf } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import type { Hub } from '../../feed/hub.ts'
import { countCalendars } from './calendar-metrics.ts'
import { countCapacity } from './capacity-metrics.ts'
import { countDeletions } from './deletion-metrics.ts'
import { countRecordings } from './recording-metrics.ts'

type Deps = Pick<ApiDeps, 'db' | 'queue' | 'webhookCounters' | 'log' | 'now' | 'options' | 'vendor'>

/** `GET /metrics` for Prometheus: this process and the webhooks that it received, and all queues, calendars and bots. */
export function metricsRoute(app: ApiScope, deps: Deps, followers: Pick<Hub, 'count'>): void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  countWebhooks(registry, deps)
  countJobs(registry, deps)
  countCalendars(registry, deps)
  countCapacity(registry, deps)
  countRecordings(registry, deps)
  countDeletions(registry, deps)
  countFollowers(registry, followers)
  timeRequests(app, registry)
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access: 'admin' },
    schema: {
      tags: ['Operations'],
      summary: 'Metrics for Prometheus',
      description:
        'Send an admin key as `Authorization: Bearer …`. In the configuration of Prometheus that is `authorization.credentials`.',
      response: answers({ 200: contentOf(['text/plain'], z.string(), 'Text in the Prometheus format.') }),
    },
    handler: async (_request, reply) => {
      // The serializer of this scope would make JSON of the text.
      return reply
        .header('content-type', registry.contentType)
        .serializer((text: string) => text)
        .send(await registry.metrics())
    },
  })
}

function countWebhooks(registry: Registry, { webhookCounters }: Deps): void {
  new Counter({
    name: 'seer_webhooks_received_total',
    help: 'Webhooks that this process received, by outcome. not_authenticated: refused with 401.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [name, count] of Object.entries(webhookCounters)) this.inc({ outcome: snakeCase(name) }, count)
    },
  })
}

function countFollowers(registry: Registry, followers: Pick<Hub, 'count'>): void {
  new Gauge({
    name: 'seer_event_followers',
    help: 'Streams and waiting requests for events that are open at this process.',
    registers: [registry],
    collect() {
      this.set(followers.count())
    },
  })
}

function countJobs(registry: Registry, { queue, log }: Deps): void {
  new Gauge({
    name: 'seer_queue_jobs',
    help: 'Jobs by queue and state. failed: dead letters.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset()
      try {
        for (const { queue: name, ...states } of await queue.counts()) {
          for (const [state, count] of Object.entries(states)) this.set({ queue: name, state }, count)
        }
      } catch (error) {
        // A queue that is down must not hide the other figures; its own are missing then.
        log.warn({ err: error }, 'metrics.queue_not_counted')
      }
    },
  })
}

/** Seconds; from a fast read to a request that a proxy gives up on. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

function timeRequests(app: ApiScope, registry: Registry): void {
  const durations = new Histogram({
    name: 'seer_http_request_duration_seconds',
    help: 'How long requests to the API took. Webhooks are not counted.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1_000)
  })
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
