import type { BookingTerms } from '@seer/core/meetings/meeting-store'
import { hasRoom, joinTimesAround } from '@seer/core/planning/day-limit/admit'
import type pg from 'pg'
import { readJoinTimes } from '../planning/capacity-store.ts'
import type { Claim } from './claim.ts'

/** The lock of every transaction that counts bots and adds some. Any number that nothing else uses. */
const countingLock = 7_302_151_984

/**
 * The new claims for which the day is full. From here to the end of the transaction nobody else counts, so two claims
 * cannot both take the last place. Claims without a limit do not wait. Every transaction takes this lock after those on
 * join keys, so that none wait in a circle.
 */
export async function claimsWithoutRoom(client: pg.PoolClient, claims: readonly Claim[]): Promise<ReadonlySet<Claim>> {
  const limited = claims.filter(isLimited)
  const [first] = limited
  if (!first) return new Set()
  await lockCounting(client)
  const joinTimes = limited.map(joinTimeOf)
  const taken = await readJoinTimes(client, joinTimesAround(joinTimes))
  const beside = claims.filter((claim) => !isLimited(claim)).map(joinTimeOf)
  // One process has one limit.
  const botsPerDay = first.terms.botsPerDay as number
  const isFree = hasRoom(joinTimes, { botsPerDay, taken: [...taken, ...beside] })
  return new Set(limited.filter((_, i) => !isFree[i]))
}

/** Whether there is room for a bot that moves to this time and is counted at its old time; null if it is not counted. */
export async function isRoomFor(
  client: pg.PoolClient,
  { botsPerDay }: BookingTerms,
  move: { joinsAt: Date; countedAt: Date | null },
): Promise<boolean> {
  if (botsPerDay === null) return true
  await lockCounting(client)
  const { joinsAt, countedAt } = move
  const taken = await readJoinTimes(client, joinTimesAround([joinsAt]))
  const own = taken.findIndex((time) => time.getTime() === countedAt?.getTime())
  if (own !== -1) taken.splice(own, 1)
  return hasRoom([joinsAt], { botsPerDay, taken })[0] as boolean
}

const isLimited = ({ terms }: Claim): boolean => terms.botsPerDay !== null

/** From here to the end of the transaction nobody else counts. */
async function lockCounting(client: pg.PoolClient): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(${countingLock})`)
}

const joinTimeOf = ({ meeting }: Claim): Date => meeting.joinAt ?? meeting.createdAt
