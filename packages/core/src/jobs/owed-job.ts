import { groupBy } from '../basics/group-by.ts'
import type { JobName, JobPayload } from './catalog.ts'
import type { JobQueue } from './job-queue.ts'
import type { Urgency } from './urgency.ts'

/** A job that a row owes. Without an urgency it stands where its contract says. */
export type OwedJob = {
  [Name in JobName]: { name: Name; payload: JobPayload<Name>; urgency?: Urgency }
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

/**
 * Enqueues jobs, those of one name in one round trip.
 * @throws RetryableError SERVICE_UNAVAILABLE when the queue's store cannot be reached
 */
export async function enqueueOwed(queue: Pick<JobQueue, 'enqueueMany'>, jobs: readonly OwedJob[]): Promise<void> {
  for (const [name, these] of groupBy(jobs, ({ name }) => name)) {
    const payloads = these.map(({ payload }) => payload as never)
    await queue.enqueueMany(name, payloads, { urgency: (_, i) => these[i]?.urgency })
  }
}
