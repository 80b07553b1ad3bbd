import type { Clock } from '../basics/clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { Meeting } from './meeting.ts'
import type { MeetingStore } from './meeting-store.ts'
import { consequencesOf } from './owed-jobs.ts'
import { planAgain } from './plan-again.ts'
import { endsOtherwise } from './status/inferred-end.ts'

type Deps = { meetings: Pick<MeetingStore, 'subscribers'>; queue: Pick<JobQueue, 'wake'>; now: Clock }

/**
 * Starts what follows from a change of a meeting that is written: the jobs that it owes now; and where its bot has ended,
 * or ended otherwise than was known, the plans of everybody who has the bot, whose events may want another one. Who wrote
 * it makes no difference: a webhook, a look at the vendor, or a job that gave up.
 */
export async function followChange(
  { meetings, queue, now }: Deps,
  { before, after }: { before: Meeting; after: Meeting },
): Promise<void> {
  await queue.wake(consequencesOf(before, after, now()))
  if (endsOtherwise(before, after)) await planAgain({ meetings, queue }, after)
}
