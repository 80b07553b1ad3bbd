import { type DueSource, dueSource } from '../jobs/owed-job.ts'
import { joinsSoonMs } from './look-times.ts'
import type { MeetingStore } from './meeting-store.ts'
import { jobFor, owedJobs } from './owed-jobs.ts'

/** A claimed bot that somebody waits for is due again sooner. If its job still waits or runs, the sweep's job joins it. */
const soonAgainAfterMs = 10_000

/**
 * The meetings that owe something to the vendor. Starts all debts that are due before the meeting is claimed again. A
 * due time without a debt, perhaps from an older version, starts a look.
 */
export function dueMeetings(meetings: Pick<MeetingStore, 'claimDue'>): DueSource {
  return dueSource(
    async (now, later, limit) => {
      const after = (ms: number) => new Date(now.getTime() + ms)
      const again = { soon: after(soonAgainAfterMs), later, soonBefore: after(joinsSoonMs) }
      return await meetings.claimDue(now, again, limit)
    },
    (meeting, now, later) => {
      const owed = owedJobs(meeting, later, now)
      return owed.length > 0 ? owed : [jobFor('look', meeting, now)]
    },
  )
}
