import type { EventContent } from './event-content.ts'
import { type Override, occurrenceAt, type SeriesFacts } from './series.ts'

/** What to do with an event: move it by `shiftMs`, give it another length, change what it is about. */
export type Edit = {
  shiftMs?: number
  durationMs?: number
  change?: (content: EventContent) => EventContent
  /** Whether a single occurrence then counts as an exception; a cancelled or answered one does not. */
  makesException?: boolean
}

const unchanged = (content: EventContent): EventContent => content

/** The series after an edit of all its occurrences. Exceptions keep their own times, but take part in other changes. */
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

/** The series after an edit of one occurrence; a single event is edited itself. */
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

/** The series without one occurrence, as if it had never been. */
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
