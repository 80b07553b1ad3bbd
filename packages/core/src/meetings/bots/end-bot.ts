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
  /** Others want the bot as well: it stays, and its user has it no more. `meeting` is as it last was for the user. */
  | { outcome: 'left'; meeting: Meeting }
  | { outcome: 'not_found' }

/** `why` stands in the timeline; without it, its user asked. */
type EndOrder = { userId: string; botId: string; why?: { cause: Cause; reason: string } }

/**
 * Ends a bot for one of its users. As long as others share it, it stays and is handed over to one of them. Else one
 * that was never asked for at the vendor is cancelled at once, any other is told to leave by a job. Safe to repeat; a
 * bot that has ended stays as it is, unless only Seer concluded that.
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
    // Without a share it was handed over to this user meanwhile.
    return (await leaveShare(deps, share)) ? { outcome: 'left', meeting: seen } : await endBot(deps, order)
  }
  const changed = await changeMeeting(deps, seen.id, cause, (before) => endOrHandOver(deps, before, order))
  if (!changed) return { outcome: 'not_found' }
  const meeting = changed.after
  if (meeting.userId !== order.userId) return { outcome: 'left', meeting: seen }
  const isOwed = writeOwed(meeting) !== null
  return { outcome: isFinal(meeting.state) && !isOwed ? 'ended' : 'leaving', meeting }
}

/** Of an end that Seer inferred nobody knows: the bot may record all the same, and whoever wants it gone is heard. */
function mayBeThere({ state, endInferred, meetingBaasId, leaveRequestedAt }: BotRun & BotWishes): boolean {
  return !isFinal(state) || (endInferred && meetingBaasId !== null && leaveRequestedAt === null)
}

async function endOrHandOver({ meetings, now }: Deps, before: Meeting, { userId, why }: EndOrder): Promise<Decided> {
  const at = now()
  // Handed over meanwhile: it is no longer this user's to end.
  if (!mayBeThere(before) || before.userId !== userId) return null
  if (before.leaveRequestedAt) return askAgain(before, at)
  const subscribers = await meetings.subscribers(before.id)
  // Whoever ordered it by hand has no event that would book another.
  const heir = subscribers.find(({ calendarEventId }) => calendarEventId === null) ?? subscribers[0]
  if (heir) return isFinal(before.state) ? null : handedOver(before, heir, at)
  const requested = { type: 'leave_requested' as const, occurredAt: at, data: why ? { reason: why.reason } : {} }
  if (isUnknownAtVendor(before)) {
    const next = { ...before, state: 'cancelled' as const, leaveRequestedAt: at, finalAt: at }
    return { next, entries: [requested, { type: 'bot_cancelled', occurredAt: at, data: {} }] }
  }
  return { next: oweNow({ ...before, leaveRequestedAt: at }, at), entries: [requested] }
}

/** An event may have told of a bot whose creation seemed to have failed. */
function isUnknownAtVendor({ state, createAttempts, meetingBaasId }: BotRun & BotJobs): boolean {
  return state === 'pending' && createAttempts === 0 && meetingBaasId === null
}

/** Told long enough ago to have left, and still there: told once more. */
function askAgain(before: Meeting, at: Date) {
  if (!before.leaveSentAt || wasJustTold(before, at)) return null
  return { next: oweNow(before, at), entries: [] }
}
