/**
 * The place of a job in the line of its queue, and of its write in the line for the vendor's rate. Smaller numbers go
 * first, equal numbers in order of arrival. A whole number from 1 to 2,097,151, the range of priorities in BullMQ
 * (https://docs.bullmq.io/guide/jobs/prioritized).
 */
export type Urgency = number

/** The fixed urgencies. Work with a join time is between `soon` and `routine`, see `urgencyOfJoin`. */
export const urgency = {
  /** A bot that should leave. It may be recording what it must not. */
  leave: 1,
  /** Somebody is waiting for it. */
  now: 2,
  /** News that should be visible within seconds, with few or no writes at the vendor. */
  soon: 3,
  /** One of many that a sweep starts. */
  routine: 2_097_151,
} as const satisfies Record<string, Urgency>

/** A bot that joins within this time counts as a bot for now, as at the vendor. */
const joinsNowMs = 60_000
const firstTimed = 10
/** Fine enough to order a line, and coarse enough to last until 2045. All later times are equal. */
const stepMs = 5 * 60_000
const firstTime = Date.UTC(2026, 0, 1)

/**
 * The urgency of work that must be done before a bot joins: at once, or by its join time, in steps of five minutes. The
 * time is absolute. So work that has waited for an hour goes before new work whose bot joins later.
 * @param joinAt null for a bot that was ordered for now
 */
export function urgencyOfJoin(joinAt: Date | null, now: Date): Urgency {
  if (joinAt === null || joinAt.getTime() <= now.getTime() + joinsNowMs) return urgency.now
  const step = firstTimed + Math.floor((joinAt.getTime() - firstTime) / stepMs)
  return Math.min(Math.max(step, firstTimed), urgency.routine - 1)
}
