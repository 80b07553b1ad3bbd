import type { ChangeDeps } from '../../meetings/change-meeting.ts'
import type { PlanFacts } from '../scheduling-store.ts'
import { writeKey } from './renew-keys.ts'
import { rereadKeys } from './reread-keys.ts'

/**
 * Reads everything that a user's recordings depend on, with join keys as links are read now (see `rereadKeys`). Rows of
 * bots with other keys are corrected first, because claims find bots by the keys in the rows.
 */
export async function loadWithKeys(deps: ChangeDeps, load: () => Promise<PlanFacts>): Promise<PlanFacts> {
  const { facts, stale } = rereadKeys(await load())
  if (stale.length === 0) return facts
  for (const one of stale) await writeKey(deps, one)
  return rereadKeys(await load()).facts
}
