import type { DueSource } from '../jobs/owed-job.ts'
import { joinsSoonMs } from './look-times.ts'
import type { MeetingStore } from './meeting-store.ts'
import { jobFor, owedJobs } from './owed-jobs.ts'

/** What is claimed now is looked at again after this time, unless its job has settled it by then. */
const againAfterMs = 120_000
/** The same for a bot that somebody waits for. A job that still waits or runs is one with the job of the sweep. */
const soonAgainAfterMs = 10_000

/**
 * Meetings that owe something to the vendor. All that falls due until they are looked at again is started now. A due time
 * that no debt explains, as an older version may have written it, asks for a look.
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
