import type { EventContent } from './event-content.ts'
import { type Override, occurrenceAt, type SeriesFacts } from './series.ts'

/** A change of an event: move it by `shiftMs`, give it another length, or change its content. */
export type Edit = {
  shiftMs?: number
  durationMs?: number
  change?: (content: EventContent) => EventContent
  /** Whether a changed occurrence counts as an exception. A cancelled or answered occurrence does not. */
  makesException?: boolean
}

const unchanged = (content: EventContent): EventContent => content

/** The series after a change of all its occurrences. Exceptions keep their own times, but get all other changes. */
export function editAll(facts: SeriesFacts, { shiftMs = 0, durationMs, change = unchanged }: Edit): SeriesFacts {
  const overrides = new Map<number, Override>()
  for (const [index, override] of facts.overrides) {
    overrides.set(index, override === 'removed' ? override : { ...override, content: change(override.content) })
  }
  return {
    ...facts,
    start: facts.start + shiftMs,
    durationMs: durationMs ?? facts.durationMs,
    content: change(facts.content),
    overrides,
  }
}

/** The series after a change of one occurrence. An event without a series is changed itself. */
export function editOne(facts: SeriesFacts, index: number, edit: Edit): SeriesFacts {
  if (!facts.recurrence) return editAll(facts, edit)
  const current = occurrenceAt(facts, index)
  if (typeof current !== 'object') return facts
  const { shiftMs = 0, durationMs, change = unchanged, makesException = false } = edit
  return withOverride(facts, index, {
    start: current.start + shiftMs,
    durationMs: durationMs ?? current.end - current.start,
    content: change(current.content),
    isException: current.isException || makesException,
  })
}

/** The series without one occurrence, as if it had never existed. */
export function removeOne(facts: SeriesFacts, index: number): SeriesFacts {
  return withOverride(facts, index, 'removed')
}

/** The series cut short: occurrences from `time` (virtual ms) on are cancelled, or disappear. */
export function endAt(facts: SeriesFacts, time: number, goneAs: SeriesFacts['goneAs']): SeriesFacts {
  const recurrence = facts.recurrence ?? { frequency: 'daily' as const, interval: 1, count: 1, until: null }
  return { ...facts, goneAs, recurrence: { ...recurrence, until: time } }
}

function withOverride(facts: SeriesFacts, index: number, override: Override): SeriesFacts {
  return { ...facts, overrides: new Map([...facts.overrides, [index, override]]) }
}
