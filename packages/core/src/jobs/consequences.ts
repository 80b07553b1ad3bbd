import type { JobQueue } from './job-queue.ts'
import type { OwedJob } from './owed-job.ts'
import type { Urgency } from './urgency.ts'

/**
 * What follows from a change: `consequencesOf` of each room says it and is pure, and the function that writes the change
 * starts it. Nobody else decides what follows.
 */
export type Consequences = {
  /** The jobs that are owed from now on. */
  jobs: OwedJob[]
  plan: {
    /** The users whose recordings are decided on anew. */
    users: readonly string[]
    /** Everybody who shares the bot as well. Only the database knows who that is. */
    sharers?: boolean
    /** Where these plans stand in the line; without it where their contract says. */
    urgency?: Urgency
  }
}

/** The jobs that decide anew on the recordings of these users. */
export function planJobs(userIds: Iterable<string>, urgency?: Urgency): OwedJob[] {
  const inLine = urgency === undefined ? {} : { urgency }
  return [...new Set(userIds)].map((userId) => ({ name: 'schedule-recordings', payload: { userId }, ...inLine }))
}

/** Starts what follows from a change that is written, with these users besides those that it names. Never throws. */
export async function startConsequences(
  queue: Pick<JobQueue, 'wake'>,
  { jobs, plan }: Consequences,
  sharers: readonly string[] = [],
): Promise<void> {
  const owed = [...planJobs([...plan.users, ...sharers], plan.urgency), ...jobs]
  if (owed.length > 0) await queue.wake(owed)
}
