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
