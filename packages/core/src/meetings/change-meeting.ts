import { RetryableError } from '../basics/errors.ts'
import { withDebts } from './debts.ts'
import type { Cause, Meeting } from './meeting.ts'
import type { MeetingChange, MeetingStore } from './meeting-store.ts'

const tries = 20

/** What becomes of a meeting; null leaves it as it is. */
export type Decided = Omit<MeetingChange, 'before' | 'cause'> | null

/**
 * Loads a meeting, decides, and writes the decision unless the meeting changed meanwhile; then decides again.
 * @returns the meeting as it stands afterwards; null when there is none
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing it
 */
export async function changeMeeting(
  meetings: Pick<MeetingStore, 'find' | 'saveChange'>,
  meetingId: string,
  cause: Cause,
  decide: (meeting: Meeting) => Decided | Promise<Decided>,
): Promise<Meeting | null> {
  for (let i = 0; i < tries; i++) {
    const before = await meetings.find(meetingId)
    if (!before) return null
    const decision = await decide(before)
    if (!decision) return before
    const next = withDebts(decision.next)
    if (await meetings.saveChange({ before, cause, ...decision, next })) return next
  }
  throw new RetryableError('SERVICE_UNAVAILABLE', { detail: `Meeting ${meetingId} changed too often to be written.` })
}
