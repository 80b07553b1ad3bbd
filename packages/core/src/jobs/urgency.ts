/**
 * Where a job stands in the line of its queue, and its write in the line for the vendor's rate: the smaller goes first,
 * equals go in the order of their arrival. A whole number from 1 to 2,097,151, which is what BullMQ takes as a priority
 * (https://docs.bullmq.io/guide/jobs/prioritized).
 */
export type Urgency = number

/** The fixed places in a line. Between `soon` and `routine` stands what has a time, see `urgencyOfJoin`. */
export const urgency = {
  /** A bot that is to leave may be recording what it must not. */
  leave: 1,
  /** Somebody waits for it. */
  now: 2,
  /** News that should show within seconds, and takes no part in the vendor's rate or little. */
  soon: 3,
  /** One of many that a sweep starts. */
  routine: 2_097_151,
} as const satisfies Record<string, Urgency>

/** The vendor takes bots that should join within this time as bots for now. */
const joinsNowMs = 60_000
const firstTimed = 10
/** Fine enough for the order of a line, and coarse enough to last until 2045; all later times are one. */
const stepMs = 5 * 60_000
const firstTime = Date.UTC(2026, 0, 1)

/**
 * The urgency of work that must be done before a bot joins: at once, or by the time at which it joins, in steps of five
 * minutes. The time is absolute, so that who has waited for an hour stands before who has just come and joins later.
 * @param joinAt null for a bot that was ordered for now
 */
export function urgencyOfJoin(joinAt: Date | null, now: Date): Urgency {
  if (joinAt === null || joinAt.getTime() <= now.getTime() + joinsNowMs) return urgency.now
  const step = firstTimed + Math.floor((joinAt.getTime() - firstTime) / stepMs)
  return Math.min(Math.max(step, firstTimed), urgency.routine - 1)
}
