import type { JobName, JobPayload } from './catalog.ts'
import type { Urgency } from './urgency.ts'

/** A job that a row owes. Without an urgency it has that of its contract; without a delay it starts at once. */
export type OwedJob = {
  [Name in JobName]: { name: Name; payload: JobPayload<Name>; urgency?: Urgency; delayMs?: number }
}[JobName]

/** What a claim has taken: the number of rows, and the jobs that they owe. `more`: there may be more due rows. */
export type ClaimedJobs = { rows: number; jobs: OwedJob[]; more: boolean }

/** Rows that owe jobs. Each table with a due time offers a source, and the sweep `requeue-stuck` asks all of them. */
export type DueSource = {
  /**
   * Takes at most `limit` due rows and postpones their due time, so that no other sweep takes them at the same time. If
   * their jobs are lost or settle nothing, the rows are then due again.
   */
  claimDue(now: Date, limit: number): Promise<ClaimedJobs>
}
