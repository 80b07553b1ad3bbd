import { countsForDay } from '@seer/core/meetings/launch'
import type { BookingTerms, MeetingChange, MoveOutcome } from '@seer/core/meetings/meeting-store'
import type pg from 'pg'
import { writeAll } from '../change-writer.ts'
import { beginWithLocks, findClaimed } from './claim-meetings.ts'
import { isRoomFor } from './claim-room.ts'

/**
 * Writes the move of a bot to another meeting or time. It takes the locks in the order of claims: first those on both
 * join keys, then that of the count. Rows are locked last.
 */
export async function moveMeeting(pool: pg.Pool, change: MeetingChange, terms: BookingTerms): Promise<MoveOutcome> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await beginWithLocks(client, [change.before.joinKey, change.next.joinKey])
    const outcome = await moveLocked(client, change, terms)
    await client.query(outcome === 'moved' ? 'COMMIT' : 'ROLLBACK')
    return outcome
  } catch (error) {
    broken = error as Error
    throw error
  } finally {
    client.release(broken)
  }
}

async function moveLocked(client: pg.PoolClient, change: MeetingChange, terms: BookingTerms): Promise<MoveOutcome> {
  const { before, next } = change
  // Like a claim made now: bots that have started by now may be in the way.
  const wanted = { ...next, createdAt: new Date() }
  if ((await findClaimed(client, [{ meeting: wanted, terms }], wanted.id)).size > 0) return 'taken'
  // The bot itself is counted at its old time.
  const move = { joinsAt: joinTimeOf(next), countedAt: countsForDay(before) ? joinTimeOf(before) : null }
  if (!(await isRoomFor(client, terms, move))) return 'no_room'
  const [isWritten] = await writeAll(client, [{ change, processed: null }])
  return isWritten ? 'moved' : 'changed'
}

const joinTimeOf = ({ joinAt, createdAt }: MeetingChange['next']): Date => joinAt ?? createdAt
