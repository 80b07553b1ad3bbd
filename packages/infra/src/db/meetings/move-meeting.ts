import { countsForDay } from '@seer/core/meetings/launch'
import type { MeetingChange, MoveOutcome } from '@seer/core/meetings/meeting-store'
import type { SharingScope } from '@seer/core/meetings/sharing/sharing'
import { hasRoom, joinTimesAround } from '@seer/core/planning/day-limit/admit'
import type pg from 'pg'
import { writeAll } from '../change-writer.ts'
import { readJoinTimes } from '../planning/capacity-store.ts'
import { beginWithLocks, findClaimed } from './claim-meetings.ts'
import { lockCounting } from './claim-room.ts'

type Move = { change: MeetingChange; scope: SharingScope; botsPerDay: number | null }

/**
 * Writes the move of a bot to another meeting or time. It takes the locks in the order of claims: first those on both
 * join keys, then that of the count. Rows are locked last.
 */
export async function moveMeeting(pool: pg.Pool, { change, scope, botsPerDay }: Move): Promise<MoveOutcome> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await beginWithLocks(client, [change.before.joinKey, change.next.joinKey])
    const outcome = await moveLocked(client, { change, scope, botsPerDay })
    await client.query(outcome === 'moved' ? 'COMMIT' : 'ROLLBACK')
    return outcome
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

async function moveLocked(client: pg.PoolClient, { change, scope, botsPerDay }: Move): Promise<MoveOutcome> {
  // Like a claim made now: bots that have started by now may be in the way.
  const wanted = { ...change.next, createdAt: new Date() }
  if ((await findClaimed(client, [{ meeting: wanted, scope }], wanted.id)).size > 0) return 'taken'
  if (botsPerDay !== null && !(await isRoomFor(client, change, botsPerDay))) return 'no_room'
  const [isWritten] = await writeAll(client, [{ change, processed: null }])
  return isWritten ? 'moved' : 'changed'
}

async function isRoomFor(client: pg.PoolClient, { before, next }: MeetingChange, botsPerDay: number): Promise<boolean> {
  await lockCounting(client)
  const [joinsAt, joinedAt] = [next, before].map(({ joinAt, createdAt }) => joinAt ?? createdAt) as [Date, Date]
  const taken = await readJoinTimes(client, joinTimesAround([joinsAt]))
  // The bot itself is counted at its old time.
  const own = countsForDay(before) ? taken.findIndex((time) => time.getTime() === joinedAt.getTime()) : -1
  if (own !== -1) taken.splice(own, 1)
  return hasRoom([joinsAt], { botsPerDay, taken })[0] as boolean
}
