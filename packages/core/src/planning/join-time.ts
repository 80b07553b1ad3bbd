/** Whether a bot with this time need not be moved: it is the planned one, or both are past and it starts at any moment. */
export function isSameJoinTime(joinAt: Date | null, planned: Date, now: Date): boolean {
  if (joinAt?.getTime() === planned.getTime()) return true
  return planned <= now && (joinAt === null || joinAt <= now)
}
