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

/** A claimed row is due again after this time, unless its job has settled or moved what it owes by then. */
const againAfterMs = 120_000

/**
 * The source of one table.
 * @param claim takes at most `limit` due rows, and makes them due again at `next`
 * @param jobsOf the jobs that a claimed row owes until it is due again
 */
export function dueSource<Row>(
  claim: (now: Date, next: Date, limit: number) => Promise<Row[]>,
  jobsOf: (row: Row, now: Date, next: Date) => OwedJob[],
): DueSource {
  return {
    async claimDue(now, limit) {
      const next = new Date(now.getTime() + againAfterMs)
      const rows = await claim(now, next, limit)
      return { rows: rows.length, jobs: rows.flatMap((row) => jobsOf(row, now, next)), more: rows.length === limit }
    },
  }
}
