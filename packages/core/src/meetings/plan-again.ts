import type { JobQueue } from '../jobs/job-queue.ts'
import type { Meeting } from './meeting.ts'
import type { MeetingStore } from './meeting-store.ts'

type Deps = { meetings: Pick<MeetingStore, 'subscribers'>; queue: Pick<JobQueue, 'wake'> }

/** Has the recordings of everybody who has a bot decided on anew: their events may want another one. */
export async function planAgain({ meetings, queue }: Deps, { id, userId }: Meeting): Promise<void> {
  await queue.wake(plansFor([{ userId }, ...(await meetings.subscribers(id))]))
}

/** The same for those alone who share a bot. */
export async function planSubscribersAgain({ meetings, queue }: Deps, meetingId: string): Promise<void> {
  await queue.wake(plansFor(await meetings.subscribers(meetingId)))
}

function plansFor(users: readonly { userId: string }[]) {
  return users.map(({ userId }) => ({ name: 'schedule-recordings' as const, payload: { userId } }))
}
