/**
 * Decides whether a status is newer than what is known, and what that means for the run. Pure.
 *
 * Two marks say how much of a run is known:
 * - `vendorStatusAt` is by the clock of the bot. A status that the bot stamped earlier is late.
 * - `vendorStatusKnownAt` is by another clock. It belongs to the last status without a stamp of the bot's: Seer asked
 *   the vendor, the vendor's server noted it, or a message came without a time. A stamp of the bot up to this mark may
 *   be older than that status. It can carry the run forward, but only a later stamp can mean a restart.
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
 * How much the clocks of bot, vendor and Seer may differ. The vendor publishes no figure. Machines that keep time by
 * NTP differ by less than a second; the rest is room for a bad clock, and for the time until a server notes what a bot
 * said. If it is too little, the next status sync notices the restart.
 */
export const clockSkewMs = 60_000

export type Place = 'forward' | 'restart' | 'late' | 'duplicate'

/** The fields of a meeting that decide. */
export type Known = Pick<BotRun, 'vendorStatus' | 'vendorStatusAt' | 'vendorStatusKnownAt'>

/** The place of any status but `retrying`. @param knownAt when Seer learnt it */
export function placeStatus(known: Known, rule: CodeRule, fact: StatusFact, knownAt: Date): Place {
  // The server's own codes can only move a run forward.
  if (rule.clock === 'server' && fact.at !== null) return onlyForward(known, rule, fact)
  return fact.at === null ? placeUnstamped(known, rule, fact, knownAt) : placeStamped(known, rule, fact, fact.at)
}

function placeStamped(known: Known, rule: CodeRule, fact: StatusFact, at: Date): Place {
  const { vendorStatus, vendorStatusAt, vendorStatusKnownAt } = known
  if (isLater(vendorStatusAt, at)) return 'late'
  const mayBeOlder = vendorStatusKnownAt !== null && +at <= +vendorStatusKnownAt + clockSkewMs
  const isNewer = !mayBeOlder && vendorStatus !== null && isLater(at, vendorStatusAt)
  // After the word that the bot starts again, messages of the old run may still arrive. Only `joining_call` begins a
  // new one.
  if (vendorStatus === retryingCode && !isNewer && fact.code !== firstOfRun) return 'late'
  return isNewer ? newer(known, rule, fact) : onlyForward(known, rule, fact)
}

/** Places a status that Seer asked for, or that came without a time. It was true at `knownAt`, or earlier. */
function placeUnstamped(known: Known, rule: CodeRule, fact: StatusFact, knownAt: Date): Place {
  const { vendorStatusAt, vendorStatusKnownAt } = known
  const isOlder = isLater(vendorStatusAt, knownAt) || isLater(vendorStatusKnownAt, knownAt)
  // A replayed webhook is older than what we know. For what the server noted, only its clock counts: ours may be slow.
  if (!fact.notedAt && isOlder) return 'late'
  const place = onlyForward(known, rule, fact)
  return place === 'late' && isSeenLater(known, fact, knownAt) ? newer(known, rule, fact) : place
}

/**
 * Whether the server noted this status after everything that we know, and clearly so. When the server noted it earlier,
 * the server may only be behind.
 */
function isSeenLater(known: Known, { notedAt = null }: StatusFact, seenAt: Date): boolean {
  const { vendorStatusAt, vendorStatusKnownAt } = known
  if (notedAt === null || (vendorStatusKnownAt && notedAt < vendorStatusKnownAt)) return false
  if (!vendorStatusAt) return true
  const isClear = (time: Date) => +time > +vendorStatusAt + clockSkewMs
  return notedAt > vendorStatusAt && (isClear(seenAt) || isClear(notedAt))
}

/**
 * Places the server's word that it starts the bot again. While a run is under way, the word must be clearly later than
 * the newest status: the bot may have started again already, and its clock may be slow.
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

/** The place of a status that is certainly newer than all we know. */
function newer(known: Known, rule: CodeRule, fact: StatusFact): Place {
  const rank = rankOf(known)
  if (rule.rank > rank) return 'forward'
  if (rank >= firstResultRank) return 'late'
  const isEarlier = rule.rank <= lastProgressRank && (rule.rank < rank || fact.code === firstOfRun)
  return isEarlier || known.vendorStatus === lastOfFailedRun ? 'restart' : 'forward'
}

/** The place of a status that may be older than what we know. */
function onlyForward(known: Known, rule: CodeRule, fact: StatusFact): Place {
  if (rule.rank > rankOf(known)) return 'forward'
  return known.vendorStatus === fact.code ? 'duplicate' : 'late'
}

/** 0 when the vendor has said nothing yet; any code moves such a run. */
function rankOf({ vendorStatus }: Known): number {
  if (vendorStatus === retryingCode) return retryingRank
  return (vendorStatus === null ? undefined : codeRules[vendorStatus])?.rank ?? 0
}

/** The marks after a status has counted. */
export function marksAfter(
  { vendorStatus, vendorStatusAt, vendorStatusKnownAt }: Known,
  { fact, place, isBots, knownAt }: { fact: StatusFact; place: Place; isBots: boolean; knownAt: Date },
): Pick<Known, 'vendorStatusAt' | 'vendorStatusKnownAt'> {
  if (fact.at !== null && isBots) {
    // This start counts as the new run's. It may be a late message of the old run, so the mark is at least the time of the
    // restart: other late messages of the old run must not count.
    const isFirst = vendorStatus === retryingCode && vendorStatusKnownAt !== null
    return { vendorStatusAt: isFirst ? later(vendorStatusKnownAt, fact.at) : fact.at, vendorStatusKnownAt }
  }
  const serverAt = (fact.code === retryingCode ? fact.at : null) ?? fact.notedAt ?? null
  if (serverAt === null)
    return { vendorStatusAt, vendorStatusKnownAt: fact.at === null ? knownAt : vendorStatusKnownAt }
  // What the bot had said clearly before this time is over. In a new run, all that the bot had said is over.
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
