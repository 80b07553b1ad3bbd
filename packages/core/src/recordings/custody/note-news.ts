import type { Clock } from '../../basics/clock.ts'
import { type ChangeDeps, changeMeeting } from '../../meetings/change-meeting.ts'
import type { Meeting } from '../../meetings/meeting.ts'
import { applyFact } from '../../meetings/status/bot-status.ts'
import type { Fact } from '../../vendor/facts.ts'

/** Writes down what the vendor has just said of a bot. @returns the meeting as it stands then; null when it is gone */
export async function noteNews(
  deps: ChangeDeps & { now: Clock },
  meetingId: string,
  fact: Fact,
): Promise<Meeting | null> {
  const seenAt = deps.now()
  const changed = await changeMeeting(deps, meetingId, 'sync', (before) => {
    const decision = applyFact(before, fact, seenAt)
    return 'next' in decision ? { next: decision.next, entries: decision.entries } : null
  })
  return changed?.after ?? null
}
