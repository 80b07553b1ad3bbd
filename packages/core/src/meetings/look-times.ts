/** For a bot that joins within this time, somebody is waiting. */
export const joinsSoonMs = 10 * 60_000
/** How soon and how often the sweep looks after a bot that somebody waits for. */
const lookSoonMs = 5_000
/** The same for other bots. */
const lookLaterMs = 60_000

/** When the sweep first looks after an order. Its job should have made progress by then. */
export function firstLookAt(joinAt: Date | null, now: Date): Date {
  const isAwaited = joinAt === null || joinAt.getTime() <= now.getTime() + joinsSoonMs
  return isAwaited ? soonAfter(now) : new Date(now.getTime() + lookLaterMs)
}

export const soonAfter = (now: Date): Date => new Date(now.getTime() + lookSoonMs)
