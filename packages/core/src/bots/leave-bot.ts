import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { urgency } from '../jobs/urgency.ts'
import { applyFact } from './bot-status.ts'
import { changeMeeting } from './change-meeting.ts'
import { isGone } from './find-the-bot.ts'
import type { Meeting } from './meeting.ts'
import type { MeetingProvider } from './meeting-provider.ts'
import type { MeetingStore } from './meeting-store.ts'
import { planAgain } from './plan-again.ts'
import { vendorWrite, type WriteLimits } from './vendor-write.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  provider: Pick<MeetingProvider, 'leaveBot' | 'cancelScheduledBot'>
  limits: WriteLimits
  queue: Pick<JobQueue, 'enqueue'>
  now: Clock
}

export type LeaveBotOutcome = 'cancelled' | 'sent' | 'already_gone' | 'nothing_to_do'

/**
 * Tells the vendor to end a bot: cancels a scheduled one, makes any other leave. How the run ended is told by the final
 * event or the status sync. Also ends a bot that turned up after its meeting was given up.
 */
export async function leaveBot(deps: Deps, { meetingId }: { meetingId: string }): Promise<LeaveBotOutcome> {
  const meeting = await deps.meetings.find(meetingId)
  if (!meeting?.meetingBaasId || !meeting.leaveRequestedAt || meeting.leaveSentAt) return 'nothing_to_do'
  const cancelled = meeting.state === 'scheduled' && (await cancelScheduled(deps, meeting.meetingBaasId))
  const outcome = cancelled ? 'cancelled' : await leave(deps, meeting.meetingBaasId)
  await changeMeeting(deps.meetings, meetingId, 'worker', (before) => recordLeft(before, outcome, deps.now()))
  // The event of the bot may want another, elsewhere or at another time.
  if (cancelled) await planAgain(deps, meeting)
  return outcome
}

async function cancelScheduled({ provider, limits }: Deps, botId: string): Promise<boolean> {
  try {
    await vendorWrite(limits, () => provider.cancelScheduledBot(botId), urgency.leave)
    return true
  } catch (error) {
    // It has started, or starts too soon to be cancelled: leaving is what remains.
    if (isGone(error)) return false
    throw error
  }
}

async function leave({ provider, limits }: Deps, botId: string): Promise<'sent' | 'already_gone'> {
  try {
    await vendorWrite(limits, () => provider.leaveBot(botId), urgency.leave)
    return 'sent'
  } catch (error) {
    if (isGone(error)) return 'already_gone'
    throw error
  }
}

function recordLeft(before: Meeting, outcome: LeaveBotOutcome, at: Date) {
  const noted = { ...before, leaveSentAt: at, dueAt: null, lastProblem: null }
  if (outcome === 'cancelled') {
    const decision = applyFact(noted, { kind: 'cancelled', at }, at)
    return decision.outcome === 'applied' ? decision : { next: noted, entries: [] }
  }
  // One that was gone already ended in a way that we have not heard of: ask.
  return { next: outcome === 'already_gone' ? { ...noted, dueAt: at } : noted, entries: [] }
}
