import type { BookingTerms } from '../../meetings/meeting-store.ts'
import type { Draft } from '../draft.ts'
import { type Capacity, joinTimesAround } from './admit.ts'
import type { CapacityStore } from './capacity-store.ts'
import { botsOf } from './limit-bots.ts'

export type CapacityDeps = Pick<BookingTerms, 'botsPerDay'> & { capacity: Pick<CapacityStore, 'joinTimes'> }

/**
 * What the vendor's plan leaves to one user around the bots that these drafts would book or move. If the drafts book
 * and move none, nothing is read: bots that stay keep their places.
 * @returns null when there is no limit to look at
 */
export async function loadCapacity(
  { capacity, botsPerDay }: CapacityDeps,
  userId: string,
  drafts: readonly Draft[],
): Promise<Capacity | null> {
  if (botsPerDay === null) return null
  const open = drafts.flatMap((draft) => botsOf(draft).filter(({ isStanding }) => !isStanding))
  if (open.length === 0) return null
  const joinTimes = open.map(({ joinAt }) => new Date(joinAt))
  return { botsPerDay, taken: await capacity.joinTimes(joinTimesAround(joinTimes, userId)) }
}
