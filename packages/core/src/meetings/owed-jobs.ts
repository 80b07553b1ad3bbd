/** The jobs that settle what a meeting owes (debts.ts), and where they stand in the line. */
import { type Urgency, urgency, urgencyOfJoin } from '../jobs/urgency.ts'
import { type Debt, debtsOf, writeOwed } from './debts.ts'
import type { Meeting } from './meeting.ts'

const names = { create: 'create-bot', leave: 'leave-bot', change: 'reschedule-bot', look: 'sync-bot' } as const

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

function urgencyOf(kind: Debt['kind'], { leaveRequestedAt, joinAt }: Meeting, now: Date): Urgency {
  if (kind === 'look') return urgency.soon
  return leaveRequestedAt ? urgency.leave : urgencyOfJoin(joinAt, now)
}

/** The jobs for all that is due by then. */
export function owedJobs(meeting: Meeting, by: Date, now: Date): MeetingJob[] {
  return debtsOf(meeting).flatMap(({ kind, dueAt }) => (dueAt <= by ? [jobFor(kind, meeting, now)] : []))
}

/** The job of the write that is owed, however long that has been so. */
export function owedWrite(meeting: Meeting, now: Date): MeetingJob[] {
  const kind = writeOwed(meeting)
  return kind ? [jobFor(kind, meeting, now)] : []
}

/**
 * The jobs that a change starts at once: that of a write which `oweNow` made due, and that of a creation which has become
 * more urgent while it stands in the line. A change is told before the bot joins at its old time, and at its new one.
 */
export function consequencesOf(before: Meeting, next: Meeting, now: Date): MeetingJob[] {
  const kind = writeOwed(next)
  if (!kind) return []
  const job = jobFor(kind, next, now)
  const standing = urgencyOf(kind, before, now)
  if (next.round > before.round) return [{ ...job, urgency: Math.min(job.urgency, standing) }]
  return kind === 'create' && job.urgency < standing ? [job] : []
}
