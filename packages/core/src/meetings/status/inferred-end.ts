/**
 * Ends that Seer inferred, because the vendor did not say that the run is over. For example: the bot was lost, stuck or
 * out of reach; Seer gave up before the vendor had a bot; or a booking was called off when its bot may have started.
 * Such an end is marked. The vendor's own word replaces it, and for a while Seer keeps asking.
 */
import { type BotResults, type BotRun, isFinal, type OrderedBot } from '../meeting.ts'

/** On the smallest plan the vendor keeps results for 3 days (its page on artifacts). Later there is little to find. */
const lookAgainWithinMs = 3 * 24 * 3_600_000
const lookAgainAfterMs = 10 * 60_000

/**
 * When to ask the vendor again about an inferred end: after ten minutes, and then each time after as long as the end
 * has been known. That makes about ten times in three days. Null when the time is over, or the vendor has told the end.
 */
export function lookAgainAt({ state, endInferred, finalAt }: BotRun, now: Date): Date | null {
  if (!isFinal(state) || !endInferred || finalAt === null) return null
  const sinceMs = now.getTime() - finalAt.getTime()
  return sinceMs >= lookAgainWithinMs ? null : new Date(now.getTime() + Math.max(lookAgainAfterMs, sinceMs))
}

/** Whether the vendor may know more than we do about how a meeting ended. */
export function mayLearnMore({ state, endInferred, artifacts }: BotRun & BotResults): boolean {
  if (!isFinal(state) || endInferred) return true
  return state !== 'cancelled' && !artifacts?.video && !artifacts?.audio
}

/** The vendor may start the bot of a booking this long before its time (meet-teams-bot, timing-control). */
const startsEarlyMs = 5 * 60_000

/** Whether a bot may have been in its meeting already when its booking was called off. */
export function mayHaveStarted({ joinAt }: OrderedBot, at: Date): boolean {
  return joinAt === null || joinAt.getTime() - at.getTime() < startsEarlyMs
}

/** Whether the end of the run changed, so that the events of its users must be decided again. */
export function endsOtherwise(before: BotRun, next: BotRun): boolean {
  if (!isFinal(next.state)) return false
  return (
    before.state !== next.state || before.errorCode !== next.errorCode || !isSameTime(before.joinedAt, next.joinedAt)
  )
}

function isSameTime(a: Date | null, b: Date | null): boolean {
  return a?.getTime() === b?.getTime()
}
