import type { Clock } from '../basics/clock.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { Cause } from '../log/entry.ts'
import { changeMeeting, type DecidedWith } from '../meetings/change-meeting.ts'
import type { DeletionReason, DeletionScope } from '../meetings/deletion/data-deletion.ts'
import { withDeletion } from '../meetings/deletion/to-be-deleted.ts'
import { isFinal, type Meeting } from '../meetings/meeting.ts'
import type { MeetingStore } from '../meetings/meeting-store.ts'

export type RequestDeletionDeps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

/** A deletion as somebody asked for it. */
export type RequestedDeletion =
  /** `known`: it was asked for before. */
  | { outcome: 'requested' | 'known'; meeting: Meeting }
  | { outcome: 'not_found' | 'not_owner' | 'not_ended' | 'on_hold' }

/**
 * Deletes all data of an ended bot for its owner: also for users who share it, and at the vendor. From this answer on nobody
 * is shown any of it; a job removes it. Safe to repeat.
 */
export async function requestDataDeletion(
  deps: Omit<RequestDeletionDeps, 'meetings'> & {
    meetings: RequestDeletionDeps['meetings'] & Pick<MeetingStore, 'findForUser'>
  },
  { userId, botId }: { userId: string; botId: string },
): Promise<RequestedDeletion> {
  const seen = await deps.meetings.findForUser(userId, botId)
  if (!seen) return { outcome: 'not_found' }
  if (seen.role !== 'owner') return { outcome: 'not_owner' }
  return await beginDeletion(deps, seen.meeting.id, { scope: 'everything', reason: 'request', ownerId: userId })
}

type Order = {
  scope: DeletionScope
  reason: DeletionReason
  /** Only while the bot belongs to this user. */
  ownerId: string
}

/** Begins a deletion. A hold stops it, unless the user is deleted who placed it. */
export async function beginDeletion(
  deps: RequestDeletionDeps,
  meetingId: string,
  { scope, reason, ownerId }: Order,
): Promise<RequestedDeletion> {
  type Verdict = RequestedDeletion['outcome']
  const cause: Cause = reason === 'request' ? 'api' : 'worker'
  const changed = await changeMeeting(deps, meetingId, cause, (before): DecidedWith<Verdict> => {
    if (before.userId !== ownerId) return { verdict: 'not_found' }
    if (!isFinal(before.state)) return { verdict: 'not_ended' }
    if (before.hold && reason !== 'user_deleted') return { verdict: 'on_hold' }
    const now = deps.now()
    const next = withDeletion(before, { scope, reason }, now)
    if (!next) return { verdict: 'known' }
    const entry = { type: 'data_deletion_requested' as const, occurredAt: now, data: { scope, reason } }
    return { next, entries: [entry], verdict: 'requested' }
  })
  if (!changed) return { outcome: 'not_found' }
  const { verdict, after } = changed
  return verdict === 'requested' || verdict === 'known'
    ? { outcome: verdict, meeting: after }
    : { outcome: verdict ?? 'not_found' }
}
