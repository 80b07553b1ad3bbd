import type { Clock } from '../basics/clock.ts'
import type { CalendarStore } from '../calendars/calendar-store.ts'
import type { CalendarIntegration } from '../calendars/integration.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { joinsSoonMs } from '../meetings/look-times.ts'
import type { Meeting } from '../meetings/meeting.ts'
import type { MeetingStore } from '../meetings/meeting-store.ts'
import { jobFor, type OwedJob, owedJobs } from '../meetings/owed-job.ts'
import type { UserStore } from '../people/user-store.ts'
import type { Inbox } from '../webhooks/inbox.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'claimDue'>
  inbox: Pick<Inbox, 'countDue'>
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
/** The same for a bot that somebody waits for. A job that still waits or runs is one with the job of the sweep. */
const soonAgainAfterMs = 10_000

/** Enqueues again what is due: jobs that the queue lost, that gave up for now, or that are owed at a later time. */
export async function requeueStuck(deps: Deps): Promise<RequeueStuckResult> {
  const users = await requeueDeletions(deps)
  const webhookEvents = await startDueWebhookEvents(deps)
  const result = { meetings: 0, webhookEvents, calendars: 0, users }
  for (let i = 0; i < batchesAtMost; i++) {
    const now = deps.now()
    const nextDueAt = after(now, againAfterMs)
    const next = { soon: after(now, soonAgainAfterMs), later: nextDueAt, soonBefore: after(now, joinsSoonMs) }
    const meetings = await deps.meetings.claimDue(now, next, batchSize)
    await enqueueOwed(deps.queue, meetings, nextDueAt, now)
    const calendars = await deps.calendars.claimDue(now, nextDueAt, batchSize)
    await enqueueConnections(deps.queue, calendars)
    result.meetings += meetings.length
    result.calendars += calendars.length
    if (Math.max(meetings.length, calendars.length) < batchSize) break
  }
  return result
}

const after = (time: Date, ms: number) => new Date(time.getTime() + ms)

async function requeueDeletions({ users, queue }: Deps): Promise<number> {
  const payloads = (await users.listDeleted(batchSize)).map((userId) => ({ userId }))
  if (payloads.length > 0) await queue.enqueueMany('delete-user', payloads)
  return payloads.length
}

/** @returns how many are due, `batchSize` at most; one job applies them all */
async function startDueWebhookEvents({ inbox, queue, now }: Deps): Promise<number> {
  const count = await inbox.countDue(now(), batchSize)
  if (count > 0) await queue.enqueue('process-due-webhook-events', {})
  return count
}

/** All that is due, by then, of each meeting. A due time that no debt explains, as an older version may have written it, asks for a look. */
async function enqueueOwed(queue: Deps['queue'], meetings: Meeting[], by: Date, now: Date): Promise<void> {
  const jobs = meetings.flatMap((meeting) => {
    const owed = owedJobs(meeting, by, now)
    return owed.length > 0 ? owed : [jobFor('look', meeting, now)]
  })
  for (const name of ['leave-bot', 'create-bot', 'reschedule-bot', 'sync-bot'] as const) {
    const these = jobs.filter((job) => job.name === name)
    const payloads = these.map(({ payload }) => payload)
    const urgency = (_: unknown, i: number) => (these[i] as OwedJob).urgency
    if (payloads.length > 0) await queue.enqueueMany(name, payloads, { urgency })
  }
}

async function enqueueConnections(queue: Deps['queue'], calendars: CalendarIntegration[]): Promise<void> {
  for (const job of ['disconnect-calendar', 'connect-calendar'] as const) {
    const isDisconnect = job === 'disconnect-calendar'
    const these = calendars.filter(({ status }) => (status === 'disconnecting') === isDisconnect)
    const payloads = these.map(({ id, round }) => ({ integrationId: id, round }))
    if (payloads.length > 0) await queue.enqueueMany(job, payloads)
  }
}
