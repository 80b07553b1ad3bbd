import type { DueSource } from '../jobs/owed-job.ts'
import { joinsSoonMs } from './look-times.ts'
import type { MeetingStore } from './meeting-store.ts'
import { jobFor, owedJobs } from './owed-jobs.ts'

/** A claimed meeting is due again after this time, unless its job has settled its debts by then. */
const againAfterMs = 120_000
/** The same for a bot that somebody waits for. A job that still waits or runs is joined by the sweep's job. */
const soonAgainAfterMs = 10_000

/**
 * The meetings that owe something to the vendor. Starts all debts that are due before the meeting is claimed again. A
 * due time without a debt, perhaps from an older version, starts a look.
 */
export function dueMeetings(meetings: Pick<MeetingStore, 'claimDue'>): DueSource {
  return {
    async claimDue(now, limit) {
      const after = (ms: number) => new Date(now.getTime() + ms)
      const later = after(againAfterMs)
      const claimed = await meetings.claimDue(
        now,
        { soon: after(soonAgainAfterMs), later, soonBefore: after(joinsSoonMs) },
        limit,
      )
      const jobs = claimed.flatMap((meeting) => {
        const owed = owedJobs(meeting, later, now)
        return owed.length > 0 ? owed : [jobFor('look', meeting, now)]
      })
      return { rows: claimed.length, jobs, more: claimed.length === limit }
    },
  }
}
