import type { EventContent } from './event-content.ts'
import { plusDays } from './zoned-time.ts'

const dayMs = 24 * 3600_000

/** `until` is virtual ms, exclusive. Without `count` and `until` the series never ends. */
export type Recurrence = {
  readonly frequency: 'daily' | 'weekly'
  readonly interval: number
  readonly count: number | null
  readonly until: number | null
}

/** An occurrence that differs from its series, or was deleted. */
export type Override =
  | {
      readonly start: number
      readonly durationMs: number
      readonly content: EventContent
      readonly isException: boolean
    }
  | 'removed'

/**
 * All that a provider knows of an event or a series. It is never changed in place. The vendor holds an older version as
 * long as it hears of no change, and so still sees the old facts. Times: virtual ms.
 */
export type SeriesFacts = {
  readonly start: number
  readonly durationMs: number
  /** Null for an event that does not repeat. */
  readonly recurrence: Recurrence | null
  readonly content: EventContent
  /** By the number of the occurrence, counted from 0. */
  readonly overrides: ReadonlyMap<number, Override>
  /** What happens to occurrences that a shortened series no longer has. */
  readonly goneAs: 'cancelled' | 'removed'
}

export const noOverrides: ReadonlyMap<number, Override> = new Map()

/** One event with a time. `index` is its number in the series, and does not change when the event moves. */
export type Occurrence = {
  readonly index: number
  readonly start: number
  readonly end: number
  readonly content: EventContent
  readonly isException: boolean
}

/** The occurrence with this number; undefined when the series has none, `removed` when it was deleted. */
export function occurrenceAt(facts: SeriesFacts, index: number): Occurrence | 'removed' | undefined {
  const override = facts.overrides.get(index)
  const start = startOf(facts, index)
  if (start === undefined) return facts.goneAs === 'removed' ? 'removed' : undefined
  if (override === 'removed') return 'removed'
  const begin = override?.start ?? start
  const end = begin + (override ?? facts).durationMs
  const { content } = override ?? facts
  return { index, start: begin, end, content, isException: override?.isException ?? false }
}

/** The occurrences that end after `from` and begin before `to` (virtual ms). */
export function occurrencesBetween(facts: SeriesFacts, from: number, to: number): Occurrence[] {
  const regular = regularIndexes(facts, from, to)
  const candidates = facts.overrides.size === 0 ? regular : new Set([...regular, ...facts.overrides.keys()])
  const found = Array.from(candidates, (index) => occurrenceAt(facts, index))
  return found.filter((one) => typeof one === 'object').filter((one) => one.end > from && one.start < to)
}

function regularIndexes(facts: SeriesFacts, from: number, to: number): number[] {
  if (!facts.recurrence) return [0]
  const period = stepDays(facts.recurrence) * dayMs
  const indexes: number[] = []
  // One step earlier, because summer time shifts occurrences by an hour.
  let index = Math.max(0, Math.floor((from - facts.durationMs - facts.start) / period) - 1)
  for (let start = startOf(facts, index); start !== undefined && start < to; start = startOf(facts, ++index)) {
    indexes.push(index)
  }
  return indexes
}

function startOf({ start, recurrence, content }: SeriesFacts, index: number): number | undefined {
  if (!recurrence) return index === 0 ? start : undefined
  const { count, until } = recurrence
  if (count !== null && index >= count) return undefined
  const begin = plusDays(start, index * stepDays(recurrence), content.timezone)
  return until !== null && begin >= until ? undefined : begin
}

function stepDays({ frequency, interval }: Recurrence): number {
  return interval * (frequency === 'weekly' ? 7 : 1)
}
