import { noLease } from '../basics/lease.ts'
import type { NewEntry } from '../log/entry.ts'
import { oweNow } from './debts.ts'
import { isFinal, type Meeting } from './meeting.ts'

/** `isBooked`: the vendor keeps it for later; any other is on its way. `adopted`: it was found, not answered by our call. */
type NewBot = { botId: string; isBooked: boolean; adopted: boolean }

/**
 * The bot of a meeting is known now, however that came. What was wished for meanwhile is owed at once: that it leaves, or
 * another time or place. One whose meeting was given up is wanted by nobody.
 */
export function withBot(before: Meeting, { botId, isBooked, adopted }: NewBot, at: Date) {
  const entries: NewEntry<'bot'>[] = []
  if (!isFinal(before.state)) {
    entries.push({ type: 'bot_created', occurredAt: at, data: { botId, adopted } })
    if (isBooked) entries.push({ type: 'bot_scheduled', occurredAt: at, data: { joinAt: before.joinAt } })
  }
  const isToLeave = before.leaveRequestedAt !== null || isFinal(before.state)
  const next: Meeting = {
    ...before,
    meetingBaasId: botId,
    state: before.state === 'pending' ? (isBooked ? 'scheduled' : 'queued') : before.state,
    leaveRequestedAt: isToLeave ? (before.leaveRequestedAt ?? at) : null,
    ...noLease,
    // A bot of which we had concluded that there is none.
    endInferred: before.endInferred || isFinal(before.state),
    writeDueAt: null,
    lastProblem: null,
  }
  return { next: isToLeave || before.changeOwed ? oweNow(next, at) : next, entries }
}
