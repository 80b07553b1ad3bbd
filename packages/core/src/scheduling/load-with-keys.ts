import { changeMeeting } from '../bots/change-meeting.ts'
import { isFinal } from '../bots/meeting.ts'
import type { MeetingStore } from '../bots/meeting-store.ts'
import { rereadKeys } from './reread-keys.ts'
import type { PlanFacts } from './scheduling-store.ts'

/**
 * Reads all that decides on the recordings of a user, with join keys as links are read now (see `rereadKeys`). Rows of bots
 * that hold others are written first, because claims find bots by what the rows say.
 */
export async function loadWithKeys(
  meetings: Pick<MeetingStore, 'find' | 'saveChange'>,
  load: () => Promise<PlanFacts>,
): Promise<PlanFacts> {
  const { facts, stale } = rereadKeys(await load())
  if (stale.length === 0) return facts
  for (const { meetingId, stored, joinKey } of stale) {
    await changeMeeting(meetings, meetingId, 'worker', (before) => {
      const isStale = before.joinKey === stored && !isFinal(before.state)
      return isStale ? { next: { ...before, joinKey }, entries: [] } : null
    })
  }
  return rereadKeys(await load()).facts
}
