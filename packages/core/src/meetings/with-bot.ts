import { noLease } from '../basics/lease.ts'
import type { NewEntry } from '../log/entry.ts'
import { oweNow } from './debts.ts'
import { isFinal, type Meeting } from './meeting.ts'

/**
 * `isBooked`: the vendor keeps it for later; otherwise it is on its way. `adopted`: found at the vendor, not made by
 * our call.
 */
type NewBot = { botId: string; isBooked: boolean; adopted: boolean }

/**
 * Writes the bot of a meeting, whether it was made or found. What was asked for meanwhile is owed at once: that it
 * leaves, or joins at another time or place. If the meeting was given up, nobody wants the bot, and it must leave.
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
    // Seer had concluded that there is no bot.
    endInferred: before.endInferred || isFinal(before.state),
    writeDueAt: null,
    lastProblem: null,
  }
  return { next: isToLeave || before.changeOwed ? oweNow(next, at) : next, entries }
}
