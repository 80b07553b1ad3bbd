import type { JobQueue } from '../jobs/job-queue.ts'
import type { Meeting } from './meeting.ts'
import type { MeetingStore } from './meeting-store.ts'

type Deps = { meetings: Pick<MeetingStore, 'subscribers'>; queue: Pick<JobQueue, 'enqueue'> }

/** Has the recordings of everybody who has a bot decided on anew: their events may want another one. */
export async function planAgain(deps: Deps, { id, userId }: Meeting): Promise<void> {
  await deps.queue.enqueue('schedule-recordings', { userId })
  await planSubscribersAgain(deps, id)
}

/** The same for those alone who share a bot. */
export async function planSubscribersAgain({ meetings, queue }: Deps, meetingId: string): Promise<void> {
  for (const { userId } of await meetings.subscribers(meetingId)) {
    await queue.enqueue('schedule-recordings', { userId })
  }
}
