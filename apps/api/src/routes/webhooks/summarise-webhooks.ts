import type { Logger } from '@seer/infra/observe/logger'
import type { WebhookCounters } from './webhook-counters.ts'

const everyMs = 60_000

/**
 * Writes one line a minute that says how many webhooks came and what became of them, and nothing when none came: a
 * line for each would cost more than the webhook itself. LOG_LEVEL=debug shows each.
 * @returns a function that writes what is left and stops
 */
export function summariseWebhooks(counters: WebhookCounters, log: Logger): () => void {
  let before = { ...counters }
  function write(): void {
    const names = Object.keys(counters) as (keyof WebhookCounters)[]
    const since = Object.fromEntries(names.map((name) => [name, counters[name] - before[name]]))
    before = { ...counters }
    if (names.some((name) => since[name])) log.info(since, 'webhooks.received')
  }
  const timer = setInterval(write, everyMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    write()
  }
}
