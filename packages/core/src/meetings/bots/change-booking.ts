import type { Decided } from '../change-meeting.ts'
import { oweNow } from '../debts.ts'
import type { Meeting } from '../meeting.ts'
import { isSameBooking } from './reschedule-bot.ts'

/**
 * Changes a booking that has not started. If the vendor has the bot, or may have it, the change is owed, and
 * `reschedule-bot` tells the vendor.
 */
export function changedBooking(before: Meeting, next: Meeting, at: Date): NonNullable<Decided> {
  if (isSameBooking(before, next)) return { next, entries: [] }
  if (before.meetingBaasId === null && before.createAttempts === 0) {
    const entry = { type: 'bot_rescheduled' as const, occurredAt: at, data: { joinAt: next.joinAt } }
    return { next, entries: [entry] }
  }
  const owed = { ...next, changeOwed: true }
  // Without a bot the creating job is on its way, and looks after the change.
  return { next: before.meetingBaasId === null ? owed : oweNow(owed, at), entries: [] }
}
