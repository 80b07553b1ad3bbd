import type { Clock } from '../basics/clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { changeMeeting, type DecidedWith } from '../meetings/change-meeting.ts'
import { isDeleted } from '../meetings/deletion/data-deletion.ts'
import type { MeetingStore, SeenMeeting } from '../meetings/meeting-store.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'findForUser' | 'saveChange' | 'subscribers'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

type Order = { userId: string; botId: string; hold: boolean; reason: string | null }

export type HoldBotOutcome =
  | { outcome: 'done'; seen: SeenMeeting }
  | { outcome: 'not_found' | 'not_owner' | 'already_deleted' }

/**
 * Puts the data of a bot on hold, or lifts the hold, for its owner. While it is on hold, neither a request nor retention
 * deletes anything. What a deletion has begun before, it finishes. Safe to repeat; the time of the first hold stays.
 */
export async function holdBot(deps: Deps, { userId, botId, hold, reason }: Order): Promise<HoldBotOutcome> {
  const seen = await deps.meetings.findForUser(userId, botId)
  if (!seen) return { outcome: 'not_found' }
  if (seen.role !== 'owner') return { outcome: 'not_owner' }
  type Verdict = HoldBotOutcome['outcome']
  const changed = await changeMeeting(deps, seen.meeting.id, 'api', (before): DecidedWith<Verdict> => {
    if (before.userId !== userId) return { verdict: 'not_found' }
    if (hold && isDeleted(before, 'everything')) return { verdict: 'already_deleted' }
    const isSame = hold ? before.hold?.reason === reason : before.hold === null
    if (isSame) return { verdict: 'done' }
    const occurredAt = deps.now()
    if (!hold) {
      return {
        next: { ...before, hold: null },
        entries: [{ type: 'hold_lifted', occurredAt, data: {} }],
        verdict: 'done',
      }
    }
    const next = { ...before, hold: { since: before.hold?.since ?? occurredAt.toISOString(), reason } }
    // Only the owner sees the reason, and others see the timeline.
    return { next, entries: [{ type: 'hold_placed', occurredAt, data: {} }], verdict: 'done' }
  })
  if (!changed) return { outcome: 'not_found' }
  const { verdict, after } = changed
  if (verdict === 'done') return { outcome: 'done', seen: { ...seen, meeting: after } }
  return { outcome: verdict ?? 'not_found' }
}
