import type { Platform } from '../../vendor/platform.ts'
import type { DeliveryGrade } from '../delivery/delivery.ts'
import { explainFailure, type FailureCause } from '../failures/causes-of-failure.ts'
import type { LateAccess } from '../sharing/sharing.ts'

/** What became of a bot. `open`: it has not ended yet. */
export const outcomes = ['open', 'completed', 'failed', 'cancelled'] as const
export type Outcome = (typeof outcomes)[number]

/** How many bots joined, or were to join, on one day with the same outcome. */
export type OutcomeCount = {
  /** In UTC: 2030-01-31. */
  day: string
  platform: Platform
  outcome: Outcome
  errorCode: string | null
  /** Null while the bot is open, for a cancelled one, and where the recording is kept from the user. */
  grade: DeliveryGrade | null
  count: number
}

/** Whose bots are counted: those that a user owns or shares, or with null all. */
export type CountedBots = { userId: string | null; since: Date; until: Date; lateAccess: LateAccess }

/** Counts bots in Postgres. */
export interface BotOutcomes {
  /** Bots that joined, or were to join, at `since` or later and before `until`. */
  count(bots: CountedBots): Promise<OutcomeCount[]>
}

type Counts<Key extends string> = Partial<Record<Key, number>>
type DayStats = { day: string; total: number; outcomes: Counts<Outcome> }
type PlatformStats = { platform: Platform; total: number; outcomes: Counts<Outcome>; causes: Counts<FailureCause> }

export type BotStats = {
  total: number
  outcomes: Counts<Outcome>
  /** Of failed bots. */
  causes: Counts<FailureCause>
  codes: { code: string; cause: FailureCause; count: number }[]
  grades: Counts<DeliveryGrade>
  platforms: PlatformStats[]
  days: DayStats[]
}

/** Adds up counts in the ways that people ask for. */
export function botStats(counts: readonly OutcomeCount[]): BotStats {
  const failed = counts.filter(({ outcome }) => outcome === 'failed')
  return {
    total: totalOf(counts),
    outcomes: sumBy(counts, ({ outcome }) => outcome),
    causes: causesOf(failed),
    codes: codesOf(failed),
    grades: sumBy(counts, ({ grade }) => grade),
    platforms: groupsOf(counts, ({ platform }) => platform).map(([platform, group]) => ({
      platform,
      total: totalOf(group),
      outcomes: sumBy(group, ({ outcome }) => outcome),
      causes: causesOf(group.filter(({ outcome }) => outcome === 'failed')),
    })),
    days: groupsOf(counts, ({ day }) => day).map(([day, group]) => ({
      day,
      total: totalOf(group),
      outcomes: sumBy(group, ({ outcome }) => outcome),
    })),
  }
}

const codeOf = ({ errorCode }: OutcomeCount): string => errorCode ?? 'UNKNOWN_ERROR'

function causesOf(failed: readonly OutcomeCount[]): Counts<FailureCause> {
  return sumBy(failed, (one) => explainFailure(codeOf(one)).cause)
}

/** The most frequent first. */
function codesOf(failed: readonly OutcomeCount[]): BotStats['codes'] {
  const codes = groupsOf(failed, codeOf).map(([code, group]) => {
    return { code, cause: explainFailure(code).cause, count: totalOf(group) }
  })
  return codes.sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
}

const totalOf = (counts: readonly OutcomeCount[]): number => counts.reduce((sum, { count }) => sum + count, 0)

function groupsOf<Key extends string>(
  counts: readonly OutcomeCount[],
  keyOf: (count: OutcomeCount) => Key | null,
): [Key, OutcomeCount[]][] {
  const groups = new Map<Key, OutcomeCount[]>()
  for (const count of counts) {
    const key = keyOf(count)
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), count])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

function sumBy<Key extends string>(
  counts: readonly OutcomeCount[],
  keyOf: (count: OutcomeCount) => Key | null,
): Counts<Key> {
  const sums = groupsOf(counts, keyOf).map(([key, group]) => [key, totalOf(group)])
  return Object.fromEntries(sums) as Counts<Key>
}
