import type { Clock } from '../basics/clock.ts'
import { startConsequences } from '../jobs/consequences.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { consequencesOf, type MeetingNews } from './consequences.ts'
import type { Meeting } from './meeting.ts'
import type { MeetingStore } from './meeting-store.ts'

/** What is needed to start the consequences of a change. */
export type WakeDeps = { meetings: Pick<MeetingStore, 'subscribers'>; queue: Pick<JobQueue, 'wake'>; now: Clock }

/**
 * Writes a change of a meeting, and then starts what follows from it.
 * @param save the write; the change counts as written when it returns true
 * @returns what `save` returned
 */
export async function writeChange<Saved>(
  deps: WakeDeps,
  change: MeetingNews,
  save: () => Promise<Saved>,
): Promise<Saved> {
  const saved = await save()
  if (saved === true) await wakeConsequences(deps, change)
  return saved
}

/** Makes a claim. If the meeting is new, starts the creation of its bot. @returns what `claim` returned */
export async function writeClaim<Claim extends { outcome: string; meeting?: Meeting }>(
  deps: WakeDeps,
  claim: () => Promise<Claim>,
): Promise<Claim> {
  const claimed = await claim()
  const { outcome, meeting } = claimed
  if (outcome === 'created' && meeting) await wakeConsequences(deps, { before: null, next: meeting })
  return claimed
}

async function wakeConsequences({ meetings, queue, now }: WakeDeps, change: MeetingNews): Promise<void> {
  const consequences = consequencesOf(change, now())
  const sharers = consequences.plan.sharers ? await meetings.subscribers(change.next.id) : []
  await startConsequences(
    queue,
    consequences,
    sharers.map(({ userId }) => userId),
  )
}
