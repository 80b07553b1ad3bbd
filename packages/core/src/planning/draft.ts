import type { Decision } from '../rules/decision.ts'
import type { Meeting } from './decide-meeting.ts'

/** A plan before the capacity is looked at. */
export type Draft = {
  /** Those that can be recorded. */
  meetings: readonly Meeting[]
  /** For each event, by its id. */
  decisions: Map<string, Decision>
  leadMinutes: number
  now: Date
}
