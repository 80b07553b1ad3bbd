import type { JobContract } from '@seer/core/jobs/define-job'
import type { JobSchedulerJson, Queue } from 'bullmq'
import type { Logger } from '../observe/logger.ts'
import { retryOptions } from './job-options.ts'
import type { QueueBackend } from './queue-backend.ts'
import { messageOf } from './store-errors.ts'

export type ScheduledQueue = { queue: Queue; contracts: JobContract[] }

export type Schedules = { stop(): Promise<void> }

type Options = { backend: QueueBackend; queues: ScheduledQueue[]; checkEveryMs: number; log: Logger }

/** While the store is down: the schedules should stand soon after it is back. */
const retryAfterMs = 2_000
/** A tick that is later than this has lost its job, or no worker runs; setting it up again helps the one and does not hurt the other. */
const overdueAfterMs = 60_000

/**
 * Keeps the schedulers of BullMQ equal to the repeatable jobs of the catalog. Every worker does this; the scheduler's tick
 * is one job in the queue, so the number of workers does not matter. A tick that became due while nobody ran is still
 * there and runs at once.
 *
 * Not only at start, because whoever empties Redis empties it of the schedulers too, and with them of the sweeps that
 * repair such a loss. What other versions of Seer scheduled is removed, and periods are changed, at start only: during a
 * rolling deployment the two versions would undo each other's work for ever.
 */
export function keepSchedules({ backend, queues, checkEveryMs, log }: Options): Schedules {
  const settled = new Set<ScheduledQueue>()
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let checking = check()

  async function check(): Promise<void> {
    let pauseMs = checkEveryMs
    try {
      for (const scheduled of queues) {
        if (stopped) return
        await backend.callAlone(() => align(scheduled, !settled.has(scheduled)))
        settled.add(scheduled)
      }
    } catch (error) {
      pauseMs = Math.min(retryAfterMs, checkEveryMs)
      log.warn({ error: messageOf(error) }, 'scheduler.setup_failed')
    }
    if (stopped) return
    timer = setTimeout(() => {
      checking = check()
    }, pauseMs)
  }

  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await checking
    },
  }
}

async function align({ queue, contracts }: ScheduledQueue, atStart: boolean): Promise<void> {
  const existing = new Map((await queue.getJobSchedulers()).map((scheduler) => [scheduler.key, scheduler]))
  for (const contract of contracts) {
    if (needsSetup(contract, existing.get(contract.name), atStart)) await setUp(queue, contract)
    existing.delete(contract.name)
  }
  if (!atStart) return
  for (const name of existing.keys()) await queue.removeJobScheduler(name)
}

function needsSetup(contract: JobContract, existing: JobSchedulerJson | undefined, atStart: boolean): boolean {
  if (!existing) return true
  if (atStart && existing.every !== contract.everyMs) return true
  return (existing.next ?? 0) < Date.now() - overdueAfterMs
}

async function setUp(queue: Queue, contract: JobContract): Promise<void> {
  const template = { name: contract.name, data: {}, opts: retryOptions(contract) }
  await queue.upsertJobScheduler(contract.name, { every: contract.everyMs ?? 0 }, template)
}
