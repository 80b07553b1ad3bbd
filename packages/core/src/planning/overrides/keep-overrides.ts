import type { PlanFacts, SchedulingStore } from '../scheduling-store.ts'
import { carryOverrides } from './carry-overrides.ts'

export type OverrideKeeper = Pick<SchedulingStore, 'noteOverrides' | 'carryOverrides'>

/**
 * Reads everything that a user's recordings depend on. Before that, it stores overrides of replaced events for the
 * events that took their place, so that every reader finds them there.
 */
export async function loadWithOverrides(
  scheduling: OverrideKeeper,
  userId: string,
  load: () => Promise<PlanFacts>,
  now: Date,
): Promise<PlanFacts> {
  const facts = await load()
  const { notes, carries } = carryOverrides(facts, now)
  if (notes.length > 0) await scheduling.noteOverrides(userId, notes)
  if (carries.length === 0) return facts
  await scheduling.carryOverrides(userId, carries, now)
  return await load()
}
