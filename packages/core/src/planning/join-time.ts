/** Whether a bot with this time may stay: it is the planned time, or both are past and the bot starts at any moment. */
export function isSameJoinTime(joinAt: Date | null, planned: Date, now: Date): boolean {
  if (joinAt?.getTime() === planned.getTime()) return true
  return planned <= now && (joinAt === null || joinAt <= now)
}
