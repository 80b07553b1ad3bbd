import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { Cause } from '../../log/entry.ts'
import { changeMeeting, type Decided } from '../change-meeting.ts'
import { oweNow, wasJustTold, writeOwed } from '../debts.ts'
import { type BotJobs, type BotRun, type BotWishes, isFinal, type Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { handedOver, leaveShare } from '../sharing/share-bot.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'findForUser' | 'saveChange' | 'subscribers'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type EndBotOutcome =
  | { outcome: 'ended' | 'leaving'; meeting: Meeting }
  /**
   * Other users want the bot, too. It stays, and this user no longer has it. `meeting` is the last that the user saw.
   */
  | { outcome: 'left'; meeting: Meeting }
  | { outcome: 'not_found' }

/** `why` goes into the timeline. Without it, the user asked. */
type EndOrder = { userId: string; botId: string; why?: { cause: Cause; reason: string } }

/**
 * Ends a bot for one of its users. If other users share it, it is handed over to one of them and stays. Otherwise a bot
 * that the vendor was never asked for is cancelled at once, and a job tells any other bot to leave. Safe to repeat. A
 * bot that has ended does not change, unless only Seer concluded its end.
 */
export async function endBot(deps: Deps, order: EndOrder): Promise<EndBotOutcome> {
  const found = await deps.meetings.findForUser(order.userId, order.botId)
  if (!found) return { outcome: 'not_found' }
  const { meeting: seen, role } = found
  const isOver = role === 'subscriber' ? isFinal(seen.state) : !mayBeThere(seen)
  if (isOver) return { outcome: 'ended', meeting: seen }
  const cause = order.why?.cause ?? 'api'
  if (role === 'subscriber') {
    const share = { meetingId: seen.id, userId: order.userId, cause, at: deps.now() }
    // Without a share, the bot was handed over to this user meanwhile.
    return (await leaveShare(deps, share)) ? { outcome: 'left', meeting: seen } : await endBot(deps, order)
  }
  const changed = await changeMeeting(deps, seen.id, cause, (before) => endOrHandOver(deps, before, order))
  if (!changed) return { outcome: 'not_found' }
  const meeting = changed.after
  if (meeting.userId !== order.userId) return { outcome: 'left', meeting: seen }
  const isOwed = writeOwed(meeting) !== null
  return { outcome: isFinal(meeting.state) && !isOwed ? 'ended' : 'leaving', meeting }
}

/**
 * Whether the bot may still be there. After an end that Seer only inferred, it may be recording, so it can be told to
 * leave.
 */
function mayBeThere({ state, endInferred, meetingBaasId, leaveRequestedAt }: BotRun & BotWishes): boolean {
  return !isFinal(state) || (endInferred && meetingBaasId !== null && leaveRequestedAt === null)
}

async function endOrHandOver({ meetings, now }: Deps, before: Meeting, { userId, why }: EndOrder): Promise<Decided> {
  const at = now()
  // The bot was handed over meanwhile, so this user cannot end it any more.
  if (!mayBeThere(before) || before.userId !== userId) return null
  if (before.leaveRequestedAt) return askAgain(before, at)
  const subscribers = await meetings.subscribers(before.id)
  // A user who ordered it by hand comes first, because no event would book another bot for that user.
  const heir = subscribers.find(({ calendarEventId }) => calendarEventId === null) ?? subscribers[0]
  if (heir) return isFinal(before.state) ? null : handedOver(before, heir, at)
  const requested = { type: 'leave_requested' as const, occurredAt: at, data: why ? { reason: why.reason } : {} }
  if (isUnknownAtVendor(before)) {
    const next = { ...before, state: 'cancelled' as const, leaveRequestedAt: at, finalAt: at }
    return { next, entries: [requested, { type: 'bot_cancelled', occurredAt: at, data: {} }] }
  }
  return { next: oweNow({ ...before, leaveRequestedAt: at }, at), entries: [requested] }
}

/** Whether the vendor cannot have a bot. (A webhook may bring a bot whose creation seemed to have failed.) */
function isUnknownAtVendor({ state, createAttempts, meetingBaasId }: BotRun & BotJobs): boolean {
  return state === 'pending' && createAttempts === 0 && meetingBaasId === null
}

/** Tells a bot to leave once more, if it was told long enough ago and is still there. */
function askAgain(before: Meeting, at: Date) {
  if (!before.leaveSentAt || wasJustTold(before, at)) return null
  return { next: oweNow(before, at), entries: [] }
}
