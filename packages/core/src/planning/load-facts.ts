import type { SharingScope } from '../meetings/sharing/sharing.ts'
import { rereadKeys } from './keys/reread-keys.ts'
import { asCarried, carryOverrides } from './overrides/carry-overrides.ts'
import type { PlanFacts, SchedulingStore } from './scheduling-store.ts'

/** A gathering that began yesterday may still go on. */
const lookBackMs = 24 * 3_600_000

/** A plan looks at events that end at this time or later. */
export const planFrom = (now: Date): Date => new Date(now.getTime() - lookBackMs)

export type DryRunDeps = { scheduling: Pick<SchedulingStore, 'loadPlan'>; sharing: SharingScope }

/**
 * Reads everything that a user's recordings depend on, as a plan would see it after its own corrections: overrides
 * carried over from replaced events, and join keys as links are read now. Writes nothing.
 */
export async function loadForDryRun(
  { scheduling, sharing }: DryRunDeps,
  userId: string,
  now: Date,
): Promise<PlanFacts> {
  const facts = await scheduling.loadPlan(userId, planFrom(now), sharing)
  return rereadKeys(asCarried(facts, carryOverrides(facts, now).carries)).facts
}
