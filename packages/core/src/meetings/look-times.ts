/** What joins within this time is waited for. */
export const joinsSoonMs = 10 * 60_000
/** The sweep looks after what is waited for this soon, and again at this distance. */
const lookSoonMs = 5_000
/** The same for what has time. */
const lookLaterMs = 60_000

/** When the sweep first looks after an order whose job should have brought it further by then. */
export function firstLookAt(joinAt: Date | null, now: Date): Date {
  const isAwaited = joinAt === null || joinAt.getTime() <= now.getTime() + joinsSoonMs
  return isAwaited ? soonAfter(now) : new Date(now.getTime() + lookLaterMs)
}

export const soonAfter = (now: Date): Date => new Date(now.getTime() + lookSoonMs)
