import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { changedBooking } from '../bots/change-booking.ts'
import { changeMeeting, type Decided } from '../change-meeting.ts'
import { notStarted } from '../launch.ts'
import type { Cause, Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { mayEnter } from '../sharing/sharing.ts'
import { opensMore } from './passcode.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers' | 'uninvited'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

/** Four minutes before its time the vendor takes no change of a bot any more, and the job needs a moment to get there. */
const lockMs = 5 * 60_000

/**
 * Has a bot join by a link that one of its users gave, if that holds a passcode and the bot's own does not. A bot that has
 * started, or is about to, goes with what it has, and so does one that others ordered who do not know the passcode.
 */
export async function openWith(
  deps: Deps,
  meetingId: string,
  { userId, meetingUrl, cause }: { userId: string; meetingUrl: string; cause: Cause },
): Promise<void> {
  const { meetings, now } = deps
  await changeMeeting(deps, meetingId, cause, async (before): Promise<Decided> => {
    const at = now()
    if (!opensMore(meetingUrl, before.joinUrl) || !takesChanges(before, at)) return null
    const others = (await meetings.uninvited(meetingId)).filter((one) => one.userId !== userId)
    const uninvited = others.map((one) => one.meetingUrl)
    if (!mayEnter({ meetingUrl, isInvited: true }, { joinUrl: before.joinUrl, uninvited })) return null
    return changedBooking(before, { ...before, joinUrl: meetingUrl }, at)
  })
}

/** Whether a bot can still be told of a change without being replaced. */
function takesChanges({ state, leaveRequestedAt, meetingBaasId, createAttempts, joinAt }: Meeting, now: Date): boolean {
  if (!notStarted.includes(state) || leaveRequestedAt !== null) return false
  const isUnknown = meetingBaasId === null && createAttempts === 0
  return isUnknown || (joinAt !== null && joinAt.getTime() - now.getTime() > lockMs)
}
