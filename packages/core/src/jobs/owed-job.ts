import type { JobName, JobPayload } from './catalog.ts'
import type { Urgency } from './urgency.ts'

/** A job that a row owes. Without an urgency it stands where its contract says; without a delay it starts at once. */
export type OwedJob = {
  [Name in JobName]: { name: Name; payload: JobPayload<Name>; urgency?: Urgency; delayMs?: number }
}[JobName]

/** What was taken of a source: so many rows, and the jobs that they owe. `more`: others may be due as well. */
export type ClaimedJobs = { rows: number; jobs: OwedJob[]; more: boolean }

/** Rows that owe jobs. Each table that has a due time offers one, and the sweep `requeue-stuck` asks them all. */
export type DueSource = {
  /**
   * Takes at most so many rows that are due and puts their due time off, so that no other sweep takes them at once. Should
   * their jobs be lost, or settle nothing, the rows are due again then.
   */
  claimDue(now: Date, limit: number): Promise<ClaimedJobs>
}
