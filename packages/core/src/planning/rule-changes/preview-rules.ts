import type { Clock } from '../../basics/clock.ts'
import type { RecordingRules } from '../../rules/rules.ts'
import { type DecideDeps, decideEvents } from '../decide-events.ts'
import { type DryRunDeps, loadForDryRun } from '../load-facts.ts'
import { comparePlans, type RulesPreview } from './compare-plans.ts'

type Deps = DecideDeps & DryRunDeps & { now: Clock }

type Order = {
  userId: string
  /** What is tried in place of the user's rules. */
  rules: RecordingRules
  /** How many days ahead to look. */
  days: number
  /** How many examples are given of each change. */
  examples: number
}

const dayMs = 24 * 3_600_000

/**
 * What would change about a user's recordings under other rules. The decisions are those that a plan would make now, by
 * the present rules and by the proposed rules. Changes nothing. If the operator has switched recording by rules off,
 * the proposed rules would record nothing either.
 */
export async function previewRules(deps: Deps, { userId, rules, days, examples }: Order): Promise<RulesPreview> {
  const now = deps.now()
  const facts = await loadForDryRun(deps, userId, now)
  // This takes all events: even events after the last day count for the daily limit.
  const before = await decideEvents(deps, userId, facts, now)
  const after = await decideEvents(deps, userId, { ...facts, rules }, now)
  const until = new Date(now.getTime() + days * dayMs)
  return comparePlans({ events: facts.events, before, after, now, until, examples })
}
