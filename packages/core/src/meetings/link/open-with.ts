import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { Cause } from '../../log/entry.ts'
import { changedBooking } from '../bots/change-booking.ts'
import { changeMeeting, type Decided } from '../change-meeting.ts'
import { notStarted } from '../launch.ts'
import type { Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { mayEnter } from '../sharing/sharing.ts'
import { opensMore } from './passcode.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers' | 'uninvited'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

/** The vendor locks a bot 4 minutes before its time. The fifth minute is for the job that tells the vendor. */
const lockMs = 5 * 60_000

/**
 * Gives a bot the link of one of its users, if that link has a passcode and the bot's own has none. The bot keeps its link
 * when it has started or starts soon, and when somebody who ordered it by hand does not know the passcode.
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

/** Whether the bot can still be changed without being replaced. */
function takesChanges({ state, leaveRequestedAt, meetingBaasId, createAttempts, joinAt }: Meeting, now: Date): boolean {
  if (!notStarted.includes(state) || leaveRequestedAt !== null) return false
  const isUnknown = meetingBaasId === null && createAttempts === 0
  return isUnknown || (joinAt !== null && joinAt.getTime() - now.getTime() > lockMs)
}
