/**
 * Ends that Seer inferred: the vendor did not say that the run is over. The bot was lost, late, stuck or out of reach; it
 * was given up before it was known; or its booking was called off when it may have started. Such an end is marked, the
 * vendor's own replaces it, and for a while the vendor is asked again.
 */
import { type BotResults, type BotRun, isFinal, type OrderedBot } from '../meeting.ts'

/** On the smallest plan the vendor keeps results 3 days (its page on artifacts): after that there is little to be found. */
const lookAgainWithinMs = 3 * 24 * 3_600_000
const lookAgainAfterMs = 10 * 60_000

/**
 * When the vendor is asked again about an end that was inferred: after ten minutes, then after as long as it has been
 * known, so ten times in three days. Null when that is over, or the vendor has told the end.
 */
export function lookAgainAt({ state, endInferred, finalAt }: BotRun, now: Date): Date | null {
  if (!isFinal(state) || !endInferred || finalAt === null) return null
  const sinceMs = now.getTime() - finalAt.getTime()
  return sinceMs >= lookAgainWithinMs ? null : new Date(now.getTime() + Math.max(lookAgainAfterMs, sinceMs))
}

/** Whether a look at the vendor may tell more of how a meeting ended than is known. */
export function mayLearnMore({ state, endInferred, artifacts }: BotRun & BotResults): boolean {
  if (!isFinal(state) || endInferred) return true
  return state !== 'cancelled' && !artifacts?.video && !artifacts?.audio
}

/** A booking may have been started this long before its time: the vendor starts bots early (meet-teams-bot, timing-control). */
const startsEarlyMs = 5 * 60_000

/** Whether the bot of a booking may have been in its meeting already when the booking was called off. */
export function mayHaveStarted({ joinAt }: OrderedBot, at: Date): boolean {
  return joinAt === null || joinAt.getTime() - at.getTime() < startsEarlyMs
}

/** Whether a change brought another end, so that events of the bot are to be decided on anew. */
export function endsOtherwise(before: BotRun, next: BotRun): boolean {
  if (!isFinal(next.state)) return false
  return (
    before.state !== next.state || before.errorCode !== next.errorCode || !isSameTime(before.joinedAt, next.joinedAt)
  )
}

function isSameTime(a: Date | null, b: Date | null): boolean {
  return a?.getTime() === b?.getTime()
}
