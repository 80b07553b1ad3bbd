/**
 * What a meeting owes to the vendor, told only from its row. Each debt has a due time of its own, so settling one
 * leaves the others as they are. `dueAt` is derived from all of them here, and nobody else writes it: `changeMeeting`
 * and the inbox go through `withDebts`. The jobs that settle debts are in owed-jobs.ts.
 *
 * Of writes at the vendor at most one is owed at any time. Without a bot that is its creation, whatever else is wished:
 * the job of the creation looks after these wishes. With a bot it is leaving, or else a change of the booking.
 */
import type { Fact } from '../vendor/facts.ts'
import { firstLookAt, soonAfter } from './look-times.ts'
import { type BotJobs, type BotRun, type BotWishes, isFinal, type Meeting } from './meeting.ts'

const vendorWrites = ['create', 'leave', 'change'] as const
export type VendorWriteDebt = (typeof vendorWrites)[number]
/** `look`: the vendor is to be asked how the bot stands. */
export type Debt = { kind: VendorWriteDebt | 'look'; dueAt: Date }

export const isVendorWrite = (kind: Debt['kind']): boolean => vendorWrites.some((write) => write === kind)

type Facts = BotRun & BotWishes & BotJobs & Pick<Meeting, 'createdAt'>

/** Everything that is owed, with the time at which the sweep is to see to it. */
export function debtsOf(meeting: Facts): Debt[] {
  const debts: Debt[] = []
  const kind = writeOwed(meeting)
  // What is owed and has no time, as in a row of an older version, has been owed for long.
  if (kind) debts.push({ kind, dueAt: meeting.writeDueAt ?? meeting.createdAt })
  if (meeting.lookDueAt && meeting.meetingBaasId) debts.push({ kind: 'look', dueAt: meeting.lookDueAt })
  return debts
}

/** Which write at the vendor is owed. */
export function writeOwed(meeting: BotRun & BotWishes & BotJobs): VendorWriteDebt | null {
  const { state, meetingBaasId, leaveRequestedAt, writeDueAt, changeOwed } = meeting
  if (meetingBaasId === null) return isFinal(state) ? null : 'create'
  // A bot that is on its way out, or has ended, is told again only if that was not to be believed.
  const isOver = isFinal(state) || state === 'processing'
  if (leaveRequestedAt) return isOver && writeDueAt === null ? null : 'leave'
  return changeOwed && !isOver ? 'change' : null
}

/** When the first of all debts is due; null when nothing is owed. */
export function dueAtOf(meeting: Facts): Date | null {
  const times = debtsOf(meeting).map(({ dueAt }) => dueAt.getTime())
  return times.length === 0 ? null : new Date(Math.min(...times))
}

/** Whether a change would leave both times as they are written. */
export function hasSameDebts(before: Meeting, next: Meeting): boolean {
  const after = withDebts(next)
  return (['writeDueAt', 'lookDueAt', 'dueAt'] as const).every(
    (field) => before[field]?.getTime() === after[field]?.getTime(),
  )
}

/** The meeting with its due times as its debts are. */
export function withDebts(meeting: Meeting): Meeting {
  const isOwed = writeOwed(meeting) !== null
  return { ...meeting, writeDueAt: isOwed ? (meeting.writeDueAt ?? meeting.createdAt) : null, dueAt: dueAtOf(meeting) }
}

/** A write at the vendor is owed now: its job is started at once, and again by the sweep should that one be lost. */
export function oweNow(meeting: Meeting, now: Date): Meeting {
  const writeDueAt = meeting.leaveRequestedAt ? soonAfter(now) : firstLookAt(meeting.joinAt, now)
  return { ...meeting, writeDueAt, round: meeting.round + 1 }
}

/** The vendor is to be asked by then at the latest. */
export function oweLook({ lookDueAt }: Pick<BotJobs, 'lookDueAt'>, by: Date): Pick<BotJobs, 'lookDueAt'> {
  return { lookDueAt: lookDueAt && lookDueAt < by ? lookDueAt : by }
}

/** There may be a second bot of this meeting: a look finds it and tells it to leave, until it has ended. */
export function lookForExtraBots({ createAttempts }: BotJobs, now: Date) {
  return { createAttempts: Math.max(createAttempts, 2), lookDueAt: now }
}

/** The vendor has shown that the run has ended. Whether there is a second bot is another question, and stays open. */
export function settledByEnd({ createAttempts, lookDueAt }: BotJobs) {
  return { writeDueAt: null, lookDueAt: createAttempts > 1 ? lookDueAt : null }
}

/** A bot leaves within seconds; one that has not by then did not hear. */
const tellAgainAfterMs = 60_000
const tellAgainWithinMs = 24 * 3_600_000

/**
 * When something is told again that was first told at `since`: after a minute, and then after as long as it has been
 * owed already, a day at most. So a bot that never answers is told eleven times on the first day and once a day
 * afterwards.
 */
export function tellAgainAt(since: Date, now: Date): Date {
  const owedForMs = now.getTime() - since.getTime()
  return new Date(now.getTime() + Math.min(tellAgainWithinMs, Math.max(tellAgainAfterMs, owedForMs)))
}

/** Whether the bot was told to leave so short a while ago that it may still be about to. */
export function wasJustTold({ leaveSentAt }: BotWishes, now: Date): boolean {
  return leaveSentAt !== null && now.getTime() - leaveSentAt.getTime() < tellAgainAfterMs
}

/**
 * A bot that was to leave gives a sign of life after it was told, as far as the vendor's clocks tell: it is told again,
 * though no sooner than a minute after the last time. A sign without a time is one of now.
 */
export function heardAlive(meeting: Meeting, fact: Fact, now: Date): Meeting {
  const { leaveRequestedAt, leaveSentAt } = meeting
  if (!leaveRequestedAt || !meeting.meetingBaasId || fact.kind !== 'status' || !isLive(fact.code)) return meeting
  if (fact.at && fact.at <= (leaveSentAt ?? leaveRequestedAt)) return meeting
  const from = Math.max(now.getTime(), (leaveSentAt?.getTime() ?? 0) + tellAgainAfterMs)
  if (meeting.writeDueAt && meeting.writeDueAt.getTime() <= from + tellAgainAfterMs) return meeting
  return from <= now.getTime() ? oweNow(meeting, now) : { ...meeting, writeDueAt: new Date(from) }
}

/** Statuses of a bot that is on its way into a meeting, or there. */
const liveCodes: readonly string[] = [
  'queued',
  'joining_call',
  'in_waiting_room',
  'in_waiting_for_host',
  'in_call_not_recording',
  'in_call_recording',
  'recording_paused',
  'recording_resumed',
]
const isLive = (code: string): boolean => liveCodes.includes(code)
