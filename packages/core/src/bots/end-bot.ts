import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { changeMeeting } from './change-meeting.ts'
import { type Cause, isFinal, type Meeting } from './meeting.ts'
import type { MeetingStore } from './meeting-store.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'findForUser' | 'saveChange'>
  queue: Pick<JobQueue, 'enqueue'>
  now: Clock
  /** Told when the job could not be enqueued; the requeue-stuck sweep will do it. */
  onEnqueueFailed: (error: unknown) => void
}

export type EndBotOutcome = { outcome: 'ended' | 'leaving'; meeting: Meeting } | { outcome: 'not_found' }

const sweepAfterMs = 60_000
/** A bot leaves within seconds; one that has not by then did not hear. */
const tellAgainAfterMs = 60_000

/**
 * Ends a bot: one that was never asked for at the vendor is cancelled at once, any other is told to leave by a job.
 * Safe to repeat; a bot that has ended stays as it is.
 * @param order `why` stands in the timeline; without it, its user asked
 */
export async function endBot(
  deps: Deps,
  order: { userId: string; botId: string; why?: { cause: Cause; reason: string } },
): Promise<EndBotOutcome> {
  const found = await deps.meetings.findForUser(order.userId, order.botId)
  if (!found) return { outcome: 'not_found' }
  const { cause, reason } = order.why ?? { cause: 'api' as const, reason: undefined }
  const meeting = await changeMeeting(deps.meetings, found.id, cause, (before) => {
    const at = deps.now()
    if (isFinal(before.state)) return null
    if (before.leaveRequestedAt) return askAgain(before, at)
    const requested = { type: 'leave_requested' as const, occurredAt: at, data: reason ? { reason } : {} }
    if (before.state === 'pending' && before.createAttempts === 0) {
      const next = { ...before, state: 'cancelled' as const, leaveRequestedAt: at, finalAt: at, dueAt: null }
      return { next, entries: [requested, { type: 'bot_cancelled', occurredAt: at, data: {} }] }
    }
    const dueAt = new Date(at.getTime() + sweepAfterMs)
    return { next: { ...before, leaveRequestedAt: at, dueAt, round: before.round + 1 }, entries: [requested] }
  })
  if (!meeting) return { outcome: 'not_found' }
  if (isFinal(meeting.state)) return { outcome: 'ended', meeting }
  const job = meeting.meetingBaasId ? 'leave-bot' : 'create-bot'
  await deps.queue.enqueue(job, { meetingId: meeting.id, round: meeting.round }).catch(deps.onEnqueueFailed)
  return { outcome: 'leaving', meeting }
}

/** Told long enough ago to have left, and still there: told once more. */
function askAgain(before: Meeting, at: Date) {
  if (!before.leaveSentAt || at.getTime() - before.leaveSentAt.getTime() < tellAgainAfterMs) return null
  return { next: { ...before, leaveSentAt: null, dueAt: at, round: before.round + 1 }, entries: [] }
}
