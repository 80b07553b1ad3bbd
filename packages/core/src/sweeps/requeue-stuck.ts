import { isFinal, type Meeting } from '../bots/meeting.ts'
import type { MeetingStore } from '../bots/meeting-store.ts'
import type { CalendarStore } from '../calendars/calendar-store.ts'
import type { CalendarIntegration } from '../calendars/integration.ts'
import type { UserStore } from '../callers/user-store.ts'
import type { Clock } from '../clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { Inbox } from '../webhooks/inbox.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'claimDue'>
  inbox: Pick<Inbox, 'claimDue'>
  calendars: Pick<CalendarStore, 'claimDue'>
  users: Pick<UserStore, 'listDeleted'>
  queue: Pick<JobQueue, 'enqueue' | 'enqueueMany'>
  now: Clock
}

export type RequeueStuckResult = { meetings: number; webhookEvents: number; calendars: number; users: number }

const batchSize = 500
const batchesAtMost = 20
/** What is claimed now is looked at again after this time, unless its job has settled it by then. */
const againAfterMs = 120_000

/** Enqueues again what is due: jobs that the queue lost, that gave up for now, or that are owed at a later time. */
export async function requeueStuck(deps: Deps): Promise<RequeueStuckResult> {
  const userIds = await deps.users.listDeleted(batchSize)
  for (const userId of userIds) await deps.queue.enqueue('delete-user', { userId })
  const result = { meetings: 0, webhookEvents: 0, calendars: 0, users: userIds.length }
  for (let i = 0; i < batchesAtMost; i++) {
    const now = deps.now()
    const nextDueAt = new Date(now.getTime() + againAfterMs)
    const meetings = await deps.meetings.claimDue(now, nextDueAt, batchSize)
    for (const meeting of meetings) await enqueueOwedJob(deps.queue, meeting)
    const events = await deps.inbox.claimDue(now, nextDueAt, batchSize)
    const payloads = events.map(({ id, round }) => ({ webhookEventId: id, round }))
    if (payloads.length > 0) await deps.queue.enqueueMany('process-webhook-event', payloads)
    const calendars = await deps.calendars.claimDue(now, nextDueAt, batchSize)
    for (const calendar of calendars) await enqueueConnectionJob(deps.queue, calendar)
    result.meetings += meetings.length
    result.webhookEvents += events.length
    result.calendars += calendars.length
    if (Math.max(meetings.length, events.length, calendars.length) < batchSize) break
  }
  return result
}

async function enqueueOwedJob(queue: Deps['queue'], meeting: Meeting): Promise<void> {
  const { id: meetingId, round } = meeting
  if (!meeting.meetingBaasId && !isFinal(meeting.state)) return await queue.enqueue('create-bot', { meetingId, round })
  if (meeting.leaveRequestedAt && !meeting.leaveSentAt) return await queue.enqueue('leave-bot', { meetingId, round })
  const isToBeTold = meeting.changeOwed && !meeting.leaveRequestedAt && !isFinal(meeting.state)
  if (isToBeTold) return await queue.enqueue('reschedule-bot', { meetingId, round })
  await queue.enqueue('sync-bot', { meetingId })
}

async function enqueueConnectionJob(queue: Deps['queue'], { id, status, round }: CalendarIntegration): Promise<void> {
  const job = status === 'disconnecting' ? 'disconnect-calendar' : 'connect-calendar'
  await queue.enqueue(job, { integrationId: id, round })
}
