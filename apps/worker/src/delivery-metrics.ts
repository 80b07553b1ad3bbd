import type { DeliveredAttempt } from '@seer/core/log/deliveries/deliver-events'
import type { DeliveryStore, DeliverySummary } from '@seer/core/log/deliveries/delivery-store'
import { isSuccess } from '@seer/core/log/deliveries/webhook-sender'
import type { Logger } from '@seer/infra/observe/logger'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

type Deps = { deliveries: Pick<DeliveryStore, 'summarise'>; log: Logger; now: () => Date }

/** Seconds; from a receiver nearby to one that never answers. */
const durationBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15]
/** Seconds; from at once to the end of the schedule. */
const lagBuckets = [0.1, 0.25, 0.5, 1, 5, 30, 300, 1_800, 7_200, 43_200, 172_800, 345_600]

/** Metrics about webhooks that are sent. @returns what is called after each attempt */
export function measureDeliveries(registry: Registry, deps: Deps): (attempt: DeliveredAttempt) => void {
  const registers = [registry]
  const attempts = new Counter({
    name: 'seer_webhook_attempts_total',
    help: 'Requests to webhook endpoints. outcome: delivered, refused (a status that is not 2xx), timed_out, unreachable or not_allowed.',
    labelNames: ['outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'seer_webhook_attempt_duration_seconds',
    help: 'How long requests to webhook endpoints took.',
    buckets: durationBuckets,
    registers,
  })
  const lag = new Histogram({
    name: 'seer_webhook_delivery_lag_seconds',
    help: 'Time from an event to its delivery.',
    buckets: lagBuckets,
    registers,
  })
  showSummary(registry, deps)
  return ({ attempt, recordedAt }) => {
    const isDelivered = isSuccess(attempt)
    attempts.inc({ outcome: isDelivered ? 'delivered' : (attempt.problem ?? 'refused') })
    durations.observe(attempt.durationMs / 1_000)
    const deliveredAt = attempt.at.getTime() + attempt.durationMs
    if (isDelivered) lag.observe(Math.max(0, deliveredAt - recordedAt.getTime()) / 1_000)
  }
}

function showSummary(registry: Registry, { deliveries, log, now }: Deps): void {
  let reading: Promise<DeliverySummary | null> | null = null
  /** All gauges of a scrape are asked at the same moment, and share one summary. */
  function read(): Promise<DeliverySummary | null> {
    reading ??= deliveries
      .summarise(now())
      .catch((error: unknown) => {
        // A database that is down must not hide the other metrics.
        log.warn({ err: error }, 'deliveries.not_summarised')
        return null
      })
      .finally(() => {
        reading = null
      })
    return reading
  }

  function gauge(
    name: string,
    help: string,
    label: string | null,
    show: (gauge: Gauge, summary: DeliverySummary) => void,
  ) {
    new Gauge({
      name,
      help,
      labelNames: label === null ? [] : [label],
      registers: [registry],
      async collect() {
        const summary = await read()
        this.reset()
        if (summary) show(this, summary)
      },
    })
  }

  const counts =
    'Webhook deliveries. state: due, waiting (for another attempt), held (their endpoint is paused or disabled) or failed.'
  gauge('seer_webhook_deliveries', counts, 'state', (shown, summary) => {
    for (const state of ['due', 'waiting', 'held', 'failed'] as const) shown.set({ state }, summary[state])
  })
  const oldest = 'For how many seconds the delivery that is due the longest has been due; 0 when none is.'
  gauge('seer_webhook_oldest_due_seconds', oldest, null, (shown, { oldestDueAt }) => {
    shown.set(oldestDueAt ? Math.max(0, now().getTime() - oldestDueAt.getTime()) / 1_000 : 0)
  })
  gauge('seer_webhook_events_behind', 'Events that have not become deliveries yet.', null, (shown, { behind }) => {
    shown.set(behind)
  })
  const states = 'Webhook endpoints by state: active, paused or disabled.'
  gauge('seer_webhook_endpoints', states, 'state', (shown, { endpoints }) => {
    for (const { state, count } of endpoints) shown.set({ state }, count)
  })
}
