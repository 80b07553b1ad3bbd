import type { Decided } from '../change-meeting.ts'
import { oweNow } from '../debts.ts'
import type { Meeting } from '../meeting.ts'
import { isSameBooking } from './reschedule-bot.ts'

/**
 * The change of a booking that has not started. Where the vendor knows the bot, or may know it, the row says that it is to
 * be told; `reschedule-bot` does it.
 */
export function changedBooking(before: Meeting, next: Meeting, at: Date): NonNullable<Decided> {
  if (isSameBooking(before, next)) return { next, entries: [] }
  if (before.meetingBaasId === null && before.createAttempts === 0) {
    const entry = { type: 'bot_rescheduled' as const, occurredAt: at, data: { joinAt: next.joinAt } }
    return { next, entries: [entry] }
  }
  const owed = { ...next, changeOwed: true }
  // Without a bot, the job that creates it is under way: it looks after the change.
  return { next: before.meetingBaasId === null ? owed : oweNow(owed, at), entries: [] }
}
