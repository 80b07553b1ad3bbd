/** The jobs that settle the debts of a meeting (debts.ts), and their urgency. */
import { type Urgency, urgency, urgencyOfJoin } from '../jobs/urgency.ts'
import { type Debt, debtsOf, isVendorWrite } from './debts.ts'
import type { Meeting } from './meeting.ts'

const names = {
  create: 'create-bot',
  leave: 'leave-bot',
  change: 'reschedule-bot',
  look: 'sync-bot',
  collect: 'collect-artifacts',
  delete: 'delete-data',
} as const

type MeetingJob = {
  name: (typeof names)[Debt['kind']]
  payload: { meetingId: string; round: number }
  urgency: Urgency
}

/** The job that settles a debt of a meeting. */
export function jobFor(kind: Debt['kind'], meeting: Meeting, now: Date): MeetingJob {
  const { id: meetingId, round } = meeting
  return { name: names[kind], payload: { meetingId, round }, urgency: urgencyOf(kind, meeting, now) }
}

/** The urgency of that job. */
export function urgencyOf(kind: Debt['kind'], { leaveRequestedAt, joinAt }: Meeting, now: Date): Urgency {
  if (!isVendorWrite(kind)) return urgency.soon
  return leaveRequestedAt ? urgency.leave : urgencyOfJoin(joinAt, now)
}

/** The jobs for all debts that are due by then. */
export function owedJobs(meeting: Meeting, by: Date, now: Date): MeetingJob[] {
  return debtsOf(meeting).flatMap(({ kind, dueAt }) => (dueAt <= by ? [jobFor(kind, meeting, now)] : []))
}
