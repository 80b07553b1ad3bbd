import { type Urgency, urgency, urgencyOfJoin } from '../jobs/urgency.ts'
import { isFinal, type Meeting } from './meeting.ts'

export type OwedJob = 'create-bot' | 'leave-bot' | 'reschedule-bot' | 'sync-bot'

/** The job that is owed for a meeting that is due, and where that stands in the line. */
export function owedJob(meeting: Meeting, now: Date): { job: OwedJob; urgency: Urgency } {
  const { meetingBaasId, leaveRequestedAt, leaveSentAt, changeOwed, joinAt, state } = meeting
  const isToLeave = leaveRequestedAt !== null && leaveSentAt === null
  if (!meetingBaasId && !isFinal(state)) {
    return { job: 'create-bot', urgency: isToLeave ? urgency.leave : urgencyOfJoin(joinAt, now) }
  }
  if (isToLeave) return { job: 'leave-bot', urgency: urgency.leave }
  const isToBeTold = changeOwed && !leaveRequestedAt && !isFinal(state)
  if (isToBeTold) return { job: 'reschedule-bot', urgency: urgencyOfJoin(joinAt, now) }
  return { job: 'sync-bot', urgency: urgency.soon }
}

/** What joins within this time is waited for. */
export const joinsSoonMs = 10 * 60_000
/** The sweep looks after what is waited for this soon, and again at this distance. */
export const lookSoonMs = 5_000
/** The same for what has time. */
export const lookLaterMs = 60_000

/** When the sweep first looks after an order whose job should have brought it further by then. */
export function firstLookAt(joinAt: Date | null, now: Date): Date {
  const isAwaited = joinAt === null || joinAt.getTime() <= now.getTime() + joinsSoonMs
  return new Date(now.getTime() + (isAwaited ? lookSoonMs : lookLaterMs))
}
