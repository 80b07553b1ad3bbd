/**
 * Whether a status that arrives now is newer than what is known, and what that means for the run. Pure.
 *
 * Two marks say how far a meeting is known. `vendorStatusAt` is by the clock of the bot: what the bot stamped no later
 * is late. `vendorStatusKnownAt` is by a clock that is not the bot's, when the last status counted that the bot had not
 * stamped: the vendor was asked, its server noted it, or a message without a time arrived. What the bot stamped up to
 * then may have happened before that status, so it can only carry the run forward; a restart takes a later stamp.
 */
import type { StatusFact } from '../../vendor/facts.ts'
import type { BotRun } from '../meeting.ts'
import {
  type CodeRule,
  codeRules,
  firstEndRank,
  firstOfRun,
  firstResultRank,
  lastOfFailedRun,
  lastProgressRank,
  retryingCode,
  retryingRank,
} from './status-codes.ts'

/**
 * The clocks of bot, vendor and Seer may differ by this much. The vendor publishes no figure. Machines that keep time
 * by NTP differ by less than a second; the rest is room for a bad one, and for the time until a server has noted what a
 * bot said. When it is not enough, a restart is noticed late, by the next status sync.
 */
export const clockSkewMs = 60_000

export type Place = 'forward' | 'restart' | 'late' | 'duplicate'

/** What of a meeting decides. */
export type Known = Pick<BotRun, 'vendorStatus' | 'vendorStatusAt' | 'vendorStatusKnownAt'>

/** The place of a status other than `retrying`. @param knownAt when it was known to us */
export function placeStatus(known: Known, rule: CodeRule, fact: StatusFact, knownAt: Date): Place {
  // The server's own codes move a run forward only.
  if (rule.clock === 'server' && fact.at !== null) return onlyForward(known, rule, fact)
  return fact.at === null ? placeUnstamped(known, rule, fact, knownAt) : placeStamped(known, rule, fact, fact.at)
}

function placeStamped(known: Known, rule: CodeRule, fact: StatusFact, at: Date): Place {
  const { vendorStatus, vendorStatusAt, vendorStatusKnownAt } = known
  if (isLater(vendorStatusAt, at)) return 'late'
  const mayBeOlder = vendorStatusKnownAt !== null && +at <= +vendorStatusKnownAt + clockSkewMs
  const isNewer = !mayBeOlder && vendorStatus !== null && isLater(at, vendorStatusAt)
  // What the run before still said may come after the word that the bot starts again; a run begins in one way.
  if (vendorStatus === retryingCode && !isNewer && fact.code !== firstOfRun) return 'late'
  return isNewer ? newer(known, rule, fact) : onlyForward(known, rule, fact)
}

/** What was asked for, or came without a time: it was so at `knownAt`, or before. */
function placeUnstamped(known: Known, rule: CodeRule, fact: StatusFact, knownAt: Date): Place {
  const { vendorStatusAt, vendorStatusKnownAt } = known
  const isOlder = isLater(vendorStatusAt, knownAt) || isLater(vendorStatusKnownAt, knownAt)
  // A replay is older than what we know. Only the vendor's clocks can date what its server noted: ours may be behind.
  if (!fact.notedAt && isOlder) return 'late'
  const place = onlyForward(known, rule, fact)
  return place === 'late' && isSeenLater(known, fact, knownAt) ? newer(known, rule, fact) : place
}

/**
 * Whether the vendor shows a status that its server noted after all that we know, and showed it clearly after it. One
 * that was noted before may be what the server has not got beyond yet.
 */
function isSeenLater(known: Known, { notedAt = null }: StatusFact, seenAt: Date): boolean {
  const { vendorStatusAt, vendorStatusKnownAt } = known
  if (notedAt === null || (vendorStatusKnownAt && notedAt < vendorStatusKnownAt)) return false
  if (!vendorStatusAt) return true
  const isClear = (time: Date) => +time > +vendorStatusAt + clockSkewMs
  return notedAt > vendorStatusAt && (isClear(seenAt) || isClear(notedAt))
}

/**
 * Whether the server's word that it starts the bot again is news. Among codes of a run under way it must be clearly
 * later than the newest: the bot may have started again already, and its clock be behind.
 */
export function placeRetrying(known: Known, fact: StatusFact, knownAt: Date): Place {
  const { vendorStatusAt, vendorStatusKnownAt } = known
  const at = fact.at ?? fact.notedAt ?? knownAt
  const rank = rankOf(known)
  if (rank >= firstResultRank || isLater(vendorStatusAt, at) || isLater(vendorStatusKnownAt, at)) return 'late'
  if (known.vendorStatus === retryingCode) {
    return vendorStatusKnownAt && +at <= +vendorStatusKnownAt + clockSkewMs ? 'duplicate' : 'restart'
  }
  const isUnderWay = vendorStatusAt !== null && rank < firstEndRank
  return isUnderWay && +at <= +vendorStatusAt + clockSkewMs ? 'late' : 'restart'
}

/** Of a status that is known to be newer than all we know. */
function newer(known: Known, rule: CodeRule, fact: StatusFact): Place {
  const rank = rankOf(known)
  if (rule.rank > rank) return 'forward'
  if (rank >= firstResultRank) return 'late'
  const isEarlier = rule.rank <= lastProgressRank && (rule.rank < rank || fact.code === firstOfRun)
  return isEarlier || known.vendorStatus === lastOfFailedRun ? 'restart' : 'forward'
}

/** Of a status that may be older than what we know. */
function onlyForward(known: Known, rule: CodeRule, fact: StatusFact): Place {
  if (rule.rank > rankOf(known)) return 'forward'
  return known.vendorStatus === fact.code ? 'duplicate' : 'late'
}

/** 0 when the vendor has said nothing yet: any code moves such a run. */
function rankOf({ vendorStatus }: Known): number {
  if (vendorStatus === retryingCode) return retryingRank
  return (vendorStatus === null ? undefined : codeRules[vendorStatus])?.rank ?? 0
}

/** The marks of a meeting once a status has counted. */
export function marksAfter(
  { vendorStatus, vendorStatusAt, vendorStatusKnownAt }: Known,
  { fact, place, isBots, knownAt }: { fact: StatusFact; place: Place; isBots: boolean; knownAt: Date },
): Pick<Known, 'vendorStatusAt' | 'vendorStatusKnownAt'> {
  if (fact.at !== null && isBots) {
    // A start that is taken for the new run's may be the old one's, long under way; what else that said is over.
    const isFirst = vendorStatus === retryingCode && vendorStatusKnownAt !== null
    return { vendorStatusAt: isFirst ? later(vendorStatusKnownAt, fact.at) : fact.at, vendorStatusKnownAt }
  }
  const serverAt = (fact.code === retryingCode ? fact.at : null) ?? fact.notedAt ?? null
  if (serverAt === null)
    return { vendorStatusAt, vendorStatusKnownAt: fact.at === null ? knownAt : vendorStatusKnownAt }
  // It held at that time, so what the bot had said clearly before is over; in a new run, whatever the bot had said.
  const isOfNewRun = fact.code !== retryingCode && (place === 'restart' || vendorStatus === retryingCode)
  const overUntil = isOfNewRun ? serverAt : new Date(+serverAt - clockSkewMs)
  return { vendorStatusAt: later(vendorStatusAt, overUntil), vendorStatusKnownAt: later(vendorStatusKnownAt, serverAt) }
}

function later(a: Date | null, b: Date): Date {
  return a !== null && a > b ? a : b
}

function isLater(a: Date | null, b: Date | null): boolean {
  return a !== null && (b === null || a > b)
}
