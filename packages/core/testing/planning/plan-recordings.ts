import type { Capacity } from '../../src/planning/day-limit/admit.ts'
import { limitBots } from '../../src/planning/day-limit/limit-bots.ts'
import { type DraftInput, draftPlan } from '../../src/planning/draft-plan.ts'
import type { Decision } from '../../src/rules/decision.ts'

export type PlanInput = DraftInput & {
  /** Null: there is no limit. */
  capacity: Capacity | null
}

/** A plan made only from its facts, without bots of other users: a draft, and the limit of the vendor's plan. Pure. */
export function planRecordings({ capacity, ...input }: PlanInput): Map<string, Decision> {
  const draft = draftPlan(input)
  if (capacity) limitBots(draft, capacity)
  return draft.decisions
}
