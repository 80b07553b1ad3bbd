import { planJobs } from '../../jobs/consequences.ts'
import type { ScheduleDeps } from './schedule-deps.ts'
import { type ScheduleResult, scheduleRecordings } from './schedule-recordings.ts'

/**
 * Plans for a user who waits for the answer. The queue runs one plan of a user at a time, but this one may run beside
 * another. Then neither sees what the other is booking: while a job books a bot for an event, its user skips the event,
 * and no bot is there yet that could be called off. So a job plans once more afterwards, even if this plan failed.
 */
export async function planNow(deps: ScheduleDeps, { userId }: { userId: string }): Promise<ScheduleResult> {
  try {
    return await scheduleRecordings(deps, { userId })
  } finally {
    await deps.queue.wake(planJobs([userId]))
  }
}
