import type { PlanFacts, SchedulingStore } from '../scheduling-store.ts'
import { carryOverrides } from './carry-overrides.ts'

export type OverrideKeeper = Pick<SchedulingStore, 'noteOverrides' | 'carryOverrides'>

/**
 * Reads all that decides on the recordings of a user. Before, overrides of what was replaced are stored for what took its
 * place, so that everybody who reads them finds them there.
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
