import { setTimeout as gather } from 'node:timers/promises'
import type { JobQueue } from '@seer/core/jobs/job-queue'
import { jobsFor } from '@seer/core/webhooks/process-webhook-events'
import type { Logger } from '@seer/infra/observe/logger'
import type { WebhookCounters } from './webhook-counters.ts'

type Deps = {
  queue: Pick<JobQueue, 'enqueueMany'>
  counters: WebhookCounters
  log: Logger
}

/** Beyond this the queue is not keeping up, and the sweep finds the rest in Postgres. */
const waitingAtMost = 50_000
const batchSize = 500
/** Under load jobs are enqueued at this distance: few jobs with many events each cost far less than many jobs. */
const gatherMs = 10

export type WebhookWaker = {
  wake(webhookEventId: string): void
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>
}

/**
 * Starts the jobs of stored webhooks after they are answered. Webhooks that were stored in one turn, or while the queue
 * was busy with the last batch, share jobs and a call. A lost batch costs a minute (receive-webhook.ts, `dueAt`), so a
 * failure is counted, logged once until the queue is back, and not tried again here.
 */
export function createWebhookWaker({ queue, counters, log }: Deps): WebhookWaker {
  let waiting: string[] = []
  let running: Promise<void> | null = null
  let isDown = false

  async function run(): Promise<void> {
    // After the answers of this turn have been written.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      const ids = waiting.slice(0, batchSize)
      waiting = waiting.slice(batchSize)
      await enqueue(ids)
      // A webhook that comes while nothing waits is enqueued at once; the next ones share a call.
      if (waiting.length > 0 && waiting.length < batchSize) await gather(gatherMs)
    }
    running = null
  }

  async function enqueue(ids: string[]): Promise<void> {
    try {
      await queue.enqueueMany('process-webhook-events', jobsFor(ids))
      if (isDown) log.info('webhook.queue_is_back')
      isDown = false
    } catch (error) {
      counters.jobsLeftToSweep += ids.length
      if (!isDown) log.warn({ err: error }, 'webhook.jobs_left_to_sweep')
      isDown = true
    }
  }

  return {
    wake(webhookEventId) {
      if (waiting.length >= waitingAtMost) {
        counters.jobsLeftToSweep += 1
        return
      }
      waiting.push(webhookEventId)
      running ??= run()
    },
    async drain() {
      while (running) await running
    },
  }
}
