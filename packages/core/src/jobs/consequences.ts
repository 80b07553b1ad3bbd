import type { JobQueue } from './job-queue.ts'
import type { OwedJob } from './owed-job.ts'
import type { Urgency } from './urgency.ts'

/**
 * What follows from a change. Each room has a pure `consequencesOf` that says it, and the function that writes the
 * change starts it. No other code decides what follows.
 */
export type Consequences = {
  /** The jobs that are owed now. */
  jobs: OwedJob[]
  plan: {
    /** The users whose recordings are planned again. */
    users: readonly string[]
    /** Whether everybody who shares the bot is planned again, too. Only the database knows who that is. */
    sharers?: boolean
    /** The urgency of these plans; without it that of their contract. */
    urgency?: Urgency
  }
}

/** The jobs that plan the recordings of these users again. */
export function planJobs(userIds: Iterable<string>, urgency?: Urgency): OwedJob[] {
  const inLine = urgency === undefined ? {} : { urgency }
  return [...new Set(userIds)].map((userId) => ({ name: 'schedule-recordings', payload: { userId }, ...inLine }))
}

/** Starts what follows from a change that has been written, and plans these users, too. Never throws. */
export async function startConsequences(
  queue: Pick<JobQueue, 'wake'>,
  { jobs, plan }: Consequences,
  sharers: readonly string[] = [],
): Promise<void> {
  const owed = [...planJobs([...plan.users, ...sharers], plan.urgency), ...jobs]
  if (owed.length > 0) await queue.wake(owed)
}
