import type { Decision } from '../rules/decision.ts'
import type { Gathering } from './decide-gathering.ts'

/** A plan before the capacity is looked at. */
export type Draft = {
  /** The gatherings that can be recorded. */
  gatherings: readonly Gathering[]
  /** For each event, by its id. */
  decisions: Map<string, Decision>
  leadMinutes: number
  now: Date
}
