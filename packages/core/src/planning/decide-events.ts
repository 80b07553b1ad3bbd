import type { Decision } from '../rules/decision.ts'
import { freeBotTest, isBooker } from './carry-out/bots-by-event.ts'
import { limitBots } from './day-limit/limit-bots.ts'
import { type CapacityDeps, loadCapacity } from './day-limit/load-capacity.ts'
import { share } from './decide-recording.ts'
import type { Draft } from './draft.ts'
import { draftPlan } from './draft-plan.ts'
import { botInItsPlace, type PlanPolicy, planInput } from './plan-input.ts'
import type { PlanFacts } from './scheduling-store.ts'

export type DecideDeps = CapacityDeps & PlanPolicy

/**
 * The decisions on all events of a user, by event id. Plan and dry run both use it, so a preview promises what is then
 * done. Writes nothing, and reads only how full the days are.
 */
export async function decideEvents(
  deps: DecideDeps,
  userId: string,
  facts: PlanFacts,
  now: Date,
): Promise<Map<string, Decision>> {
  const draft = draftPlan(planInput(facts, deps, now))
  shareWhatIsThere(draft, facts)
  const capacity = await loadCapacity(deps, userId, [draft])
  if (capacity) limitBots(draft, capacity)
  return draft.decisions
}

/** An event that would get a bot shares the bot that is in its place already, because a claim would return that bot. */
function shareWhatIsThere({ decisions, now }: Draft, facts: PlanFacts): void {
  const isFree = freeBotTest({ ...facts, decisions, now })
  const inTheirPlace = new Map<string, string>()
  for (const event of facts.events) {
    const other = isBooker(decisions.get(event.id)) ? botInItsPlace(facts, event, isFree, now) : null
    if (other) inTheirPlace.set(event.id, other.id)
  }
  for (const [id, decision] of inTheirPlace.size > 0 ? decisions : []) {
    // An event may share with a second event that has no bot of its own. Then both share the bot in the second event's
    // place.
    const booker = decision.sharedWith && 'eventId' in decision.sharedWith ? decision.sharedWith.eventId : id
    const meetingId = inTheirPlace.get(booker)
    if (!meetingId || !decision.willRecord) continue
    decisions.set(id, booker === id ? share(decision, { meetingId }) : { ...decision, sharedWith: { meetingId } })
  }
}
