import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgency } from '../../jobs/urgency.ts'
import type { VendorBots } from '../../vendor/vendor-bots.ts'
import { vendorWrite, type WriteLimits } from '../../vendor/vendor-write.ts'
import { changeMeeting, type Decided } from '../change-meeting.ts'
import { oweLook, tellAgainAt, wasJustTold, writeOwed } from '../debts.ts'
import { isFinal, type Meeting, type OrderedBot } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { applyFact } from '../status/bot-status.ts'
import { lookAgainAt, mayHaveStarted } from '../status/inferred-end.ts'
import { isGone } from './find-the-bot.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  vendor: Pick<VendorBots, 'leaveBot' | 'cancelScheduledBot'>
  limits: WriteLimits
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type LeaveBotOutcome = 'cancelled' | 'sent' | 'already_gone' | 'nothing_to_do'

/**
 * Tells the vendor to end a bot: cancels a scheduled bot, makes any other bot leave. The final event or the status sync
 * then tells how the run ended. Also ends a bot that turned up after its meeting was given up.
 *
 * The vendor's answer does not settle the debt. The vendor has called bookings "gone" whose bots then came, and a bot
 * may not get the message. So leaving stays owed until the vendor shows that the bot has ended, and it is told again
 * less and less often.
 */
export async function leaveBot(deps: Deps, { meetingId }: { meetingId: string }): Promise<LeaveBotOutcome> {
  const meeting = await deps.meetings.find(meetingId)
  if (!meeting?.meetingBaasId || writeOwed(meeting) !== 'leave') return 'nothing_to_do'
  if (wasJustTold(meeting, deps.now())) return 'nothing_to_do'
  const cancelled = meeting.state === 'scheduled' && (await cancelScheduled(deps, meeting.meetingBaasId))
  const outcome = cancelled ? 'cancelled' : await leave(deps, meeting.meetingBaasId)
  await changeMeeting(deps, meetingId, 'worker', (before) => recordLeft(before, outcome, deps.now()))
  return outcome
}

async function cancelScheduled({ vendor, limits }: Deps, botId: string): Promise<boolean> {
  try {
    await vendorWrite(limits, () => vendor.cancelScheduledBot(botId), urgency.leave)
    return true
  } catch (error) {
    // The bot has started, or starts too soon to be cancelled. So it must be told to leave.
    if (isGone(error)) return false
    throw error
  }
}

async function leave({ vendor, limits }: Deps, botId: string): Promise<'sent' | 'already_gone'> {
  try {
    await vendorWrite(limits, () => vendor.leaveBot(botId), urgency.leave)
    return 'sent'
  } catch (error) {
    if (isGone(error)) return 'already_gone'
    throw error
  }
}

/** After this time without a sign of life, a bot will not come. If it does after all, it is told again. */
const giveUpAfterMs = 3 * 24 * 3_600_000

function isLongAgo(since: Date, { joinAt }: OrderedBot, at: Date): boolean {
  return at.getTime() - Math.max(since.getTime(), joinAt?.getTime() ?? 0) > giveUpAfterMs
}

const notShown = 'VENDOR_CONFLICT: Meeting BaaS says that there is no bot to end, and has not shown that it ended.'

function recordLeft(before: Meeting, outcome: LeaveBotOutcome, at: Date): Decided {
  // While the vendor was being told, it showed that the bot ends.
  if (writeOwed(before) !== 'leave') return { next: { ...before, leaveSentAt: at }, entries: [] }
  const since = before.leaveRequestedAt ?? at
  const writeDueAt = isFinal(before.state) && isLongAgo(since, before, at) ? null : tellAgainAt(since, at)
  const told = { ...before, leaveSentAt: at, writeDueAt, lastProblem: null }
  if (outcome === 'cancelled') {
    const decision = applyFact(told, { kind: 'cancelled', at, inferred: mayHaveStarted(before, at) }, at)
    if (decision.outcome !== 'applied') return { next: { ...told, writeDueAt: null }, entries: [] }
    return { ...decision, next: { ...decision.next, lookDueAt: lookAgainAt(decision.next, at) } }
  }
  if (outcome === 'sent') return { next: told, entries: [] }
  // The bot may have ended without our knowing, so the vendor is asked.
  return { next: { ...told, ...oweLook(told, at), lastProblem: notShown }, entries: [] }
}
