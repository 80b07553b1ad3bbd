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
 * Tells the vendor of a new time, link or configuration of a booked bot. Shortly before its time, or after its start,
 * the vendor refuses changes. Then the bot is told to leave, and users who want a bot book another.
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

/** No change reaches such a bot. If the vendor finds no booking, the bot was sent at once, or has started. */
const notTaken: readonly string[] = ['VENDOR_CONFLICT', 'VENDOR_REJECTED', 'VENDOR_BOT_NOT_FOUND']

function bookingOf(meeting: Meeting): BotRequest {
  const { id: meetingId, joinUrl: meetingUrl, botName, botConfig: config, extra, joinAt } = meeting
  return { meetingId, meetingUrl, botName, config, extra, joinAt }
}

function record(before: Meeting, sent: Meeting, outcome: RescheduleBotOutcome, at: Date) {
  if (isFinal(before.state)) return null
  if (outcome === 'locked') {
    // The bot was called off meanwhile, so leaving is owed already.
    if (before.leaveRequestedAt) return null
    // `changeOwed` stays true: it says that this bot never was where its row says.
    const next = oweNow({ ...before, leaveRequestedAt: at }, at)
    return { next, entries: [{ type: 'leave_requested' as const, occurredAt: at, data: { reason: 'moved' } }] }
  }
  // If the booking changed again meanwhile, the vendor must be told of that, too.
  const isTold = isSameBooking(before, sent)
  const isSettled = isTold && before.leaveRequestedAt === null
  const next = { ...before, changeOwed: !isTold, writeDueAt: isSettled ? null : before.writeDueAt, lastProblem: null }
  const data = { joinAt: sent.joinAt }
  return { next, entries: [{ type: 'bot_rescheduled' as const, occurredAt: at, data }] }
}

/** Whether both are the same booking for the vendor. */
export function isSameBooking(a: Meeting, b: Meeting): boolean {
  return isSameJson(bookingOf(a), bookingOf(b))
}
