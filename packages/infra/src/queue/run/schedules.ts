import type { JobContract } from '@seer/core/jobs/define-job'
import type { JobSchedulerJson, Queue } from 'bullmq'
import type { Logger } from '../../observe/logger.ts'
import type { QueueBackend } from '../backend/queue-backend.ts'
import { messageOf } from '../backend/store-errors.ts'
import { retryOptions } from '../job-options.ts'

export type ScheduledQueue = { queue: Queue; contracts: JobContract[] }

export type Schedules = { stop(): Promise<void> }

type Options = { backend: QueueBackend; queues: ScheduledQueue[]; checkEveryMs: number; log: Logger }

/** The pause while the store is down, short so that the schedules are there soon after it is back. */
const retryAfterMs = 2_000
/**
 * A later tick has lost its job, or no worker runs. Setting it up again repairs the first and does not hurt the second.
 */
const overdueAfterMs = 60_000

/**
 * Keeps BullMQ's schedulers equal to the repeatable jobs of the catalog. Every worker does this. A tick is one job in
 * the queue, so the number of workers does not matter. A tick that became due while no worker ran is still there and
 * runs at once.
 *
 * It does not only do this at start. Whoever empties Redis empties it of the schedulers, too, and so of the sweeps that
 * repair such a loss. Only at start does it remove what other versions of Seer scheduled and change periods: during a
 * rolling deployment two versions would otherwise undo each other's work for ever.
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
