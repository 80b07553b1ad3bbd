import type { Clock } from '../../basics/clock.ts'
import { PermanentError } from '../../basics/errors.ts'
import { isSameJson } from '../../basics/same-json.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgencyOfJoin } from '../../jobs/urgency.ts'
import type { BotRequest, VendorBots } from '../../vendor/vendor-bots.ts'
import { vendorWrite, type WriteLimits } from '../../vendor/vendor-write.ts'
import { changeMeeting } from '../change-meeting.ts'
import { oweNow } from '../debts.ts'
import { isFinal, type Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  vendor: Pick<VendorBots, 'updateScheduledBot'>
  limits: WriteLimits
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type RescheduleBotOutcome = 'rescheduled' | 'locked' | 'nothing_to_do'

/**
 * Tells the vendor of a new time, link or configuration of a booked bot. Shortly before its time, or once it has started,
 * the vendor takes no more changes: then the bot is told to leave, and whoever wants one books another.
 */
export async function rescheduleBot(deps: Deps, { meetingId }: { meetingId: string }): Promise<RescheduleBotOutcome> {
  const meeting = await deps.meetings.find(meetingId)
  if (!meeting?.meetingBaasId || !meeting.changeOwed || meeting.leaveRequestedAt || isFinal(meeting.state)) {
    return 'nothing_to_do'
  }
  const outcome = await tell(deps, meeting.meetingBaasId, meeting)
  await changeMeeting(deps, meetingId, 'worker', (before) => record(before, meeting, outcome, deps.now()))
  return outcome
}

async function tell({ vendor, limits, now }: Deps, botId: string, meeting: Meeting) {
  if (meeting.state !== 'scheduled' || meeting.joinAt === null) return 'locked' as const
  try {
    const urgency = urgencyOfJoin(meeting.joinAt, now())
    await vendorWrite(limits, () => vendor.updateScheduledBot(botId, bookingOf(meeting)), urgency)
    return 'rescheduled' as const
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error
    if (notTaken.includes(error.code)) return 'locked' as const
    throw error
  }
}

/** One that the vendor does not find among its bookings was sent at once, or has started: no change reaches it. */
const notTaken: readonly string[] = ['VENDOR_CONFLICT', 'VENDOR_REJECTED', 'VENDOR_BOT_NOT_FOUND']

function bookingOf(meeting: Meeting): BotRequest {
  const { id: meetingId, joinUrl: meetingUrl, botName, botConfig: config, extra, joinAt } = meeting
  return { meetingId, meetingUrl, botName, config, extra, joinAt }
}

function record(before: Meeting, sent: Meeting, outcome: RescheduleBotOutcome, at: Date) {
  if (isFinal(before.state)) return null
  if (outcome === 'locked') {
    // Called off while the vendor was asked: that is owed already.
    if (before.leaveRequestedAt) return null
    // The change stays owed for good: it tells that this bot never was where its row says.
    const next = oweNow({ ...before, leaveRequestedAt: at }, at)
    return { next, entries: [{ type: 'leave_requested' as const, occurredAt: at, data: { reason: 'moved' } }] }
  }
  // Changed once more meanwhile: the vendor is still to be told of that.
  const isTold = isSameBooking(before, sent)
  const isSettled = isTold && before.leaveRequestedAt === null
  const next = { ...before, changeOwed: !isTold, writeDueAt: isSettled ? null : before.writeDueAt, lastProblem: null }
  const data = { joinAt: sent.joinAt }
  return { next, entries: [{ type: 'bot_rescheduled' as const, occurredAt: at, data }] }
}

/** Whether the vendor is to be told the same of both. */
export function isSameBooking(a: Meeting, b: Meeting): boolean {
  return isSameJson(bookingOf(a), bookingOf(b))
}
