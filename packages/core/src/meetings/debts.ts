/**
 * What a meeting owes to the vendor, computed only from its row. Each debt has its own due time, so settling one does
 * not change the others. `dueAt` is derived here from all of them. Nothing else writes it: `changeMeeting` and the
 * inbox go through `withDebts`. The jobs that settle debts are in owed-jobs.ts.
 *
 * At most one write at the vendor is owed at a time. Without a bot it is the creation, whatever else is wanted; the
 * creating job then looks after the rest. With a bot it is leaving, or else a change of the booking.
 */
import { waitAsLongAsOwed } from '../basics/backoff.ts'
import type { Fact } from '../vendor/facts.ts'
import { mayHaveFiles, nothingDelivered } from './delivery/facts-of-run.ts'
import { firstLookAt, soonAfter } from './look-times.ts'
import { type BotJobs, type BotRun, type BotWishes, isFinal, type Meeting } from './meeting.ts'

const vendorWrites = ['create', 'leave', 'change'] as const
export type VendorWriteDebt = (typeof vendorWrites)[number]
/**
 * `look`: ask the vendor for the bot's state. `collect`: turn the results of an ended run into artifacts. `delete`: delete
 * data, here and at the vendor.
 */
export type Debt = { kind: VendorWriteDebt | 'look' | 'collect' | 'delete'; dueAt: Date }

export const isVendorWrite = (kind: Debt['kind']): boolean => vendorWrites.some((write) => write === kind)

type Facts = BotRun & BotWishes & BotJobs & Pick<Meeting, 'createdAt'>

/** All debts. `dueAt` is when the sweep should start the job of a debt. */
export function debtsOf(meeting: Facts): Debt[] {
  const debts: Debt[] = []
  const kind = writeOwed(meeting)
  // A debt without a time is in a row of an older version. It has been owed for long.
  if (kind) debts.push({ kind, dueAt: meeting.writeDueAt ?? meeting.createdAt })
  if (meeting.lookDueAt && meeting.meetingBaasId) debts.push({ kind: 'look', dueAt: meeting.lookDueAt })
  if (owesCollecting(meeting)) {
    debts.push({ kind: 'collect', dueAt: meeting.collectDueAt ?? meeting.createdAt })
  }
  if (meeting.deleteDueAt) debts.push({ kind: 'delete', dueAt: meeting.deleteDueAt })
  return debts
}

/** Whether the run owes something at the vendor: a write or a look. */
export const owesVendor = (meeting: Facts): boolean =>
  debtsOf(meeting).some(({ kind }) => kind === 'look' || isVendorWrite(kind))

/** Which write at the vendor is owed. */
export function writeOwed(meeting: BotRun & BotWishes & BotJobs): VendorWriteDebt | null {
  const { state, meetingBaasId, leaveRequestedAt, writeDueAt, changeOwed } = meeting
  if (meetingBaasId === null) return isFinal(state) ? null : 'create'
  // A leaving or ended bot is told again only if `writeDueAt` says so, because its end was not certain.
  const isOver = isFinal(state) || state === 'processing'
  if (leaveRequestedAt) return isOver && writeDueAt === null ? null : 'leave'
  return changeOwed && !isOver ? 'change' : null
}

/** Whether a run has ended with results, or without any, and its artifacts are not written yet. */
function owesCollecting({ state, collected }: BotRun & BotJobs): boolean {
  return !collected && isFinal(state) && state !== 'cancelled'
}

const leftNothing = (meeting: Meeting): boolean => owesCollecting(meeting) && !mayHaveFiles(meeting)

/**
 * The results have changed, or the end of the run has: its artifacts are owed again, at once. By our clock: `finalAt` goes
 * by the vendor's, which may be ahead.
 */
export const uncollected = (now: Date) => ({ collected: false, collectDueAt: now })

/** When the first debt is due; null when nothing is owed. */
export function dueAtOf(meeting: Facts): Date | null {
  const times = debtsOf(meeting).map(({ dueAt }) => dueAt.getTime())
  return times.length === 0 ? null : new Date(Math.min(...times))
}

type DueTime = Extract<keyof BotJobs, 'dueAt' | `${string}DueAt`>
/** The compiler asks for a new due time here. If it were missing, a change of nothing else would not be written. */
const isDueTime: Record<DueTime, true> = {
  writeDueAt: true,
  lookDueAt: true,
  collectDueAt: true,
  deleteDueAt: true,
  dueAt: true,
}
/** The due times of a meeting. */
export const dueTimes = Object.keys(isDueTime) as DueTime[]

/** Whether a change leaves all due times as they are stored. */
export function hasSameDebts(before: Meeting, next: Meeting): boolean {
  const after = withDebts(next)
  return dueTimes.every((field) => before[field]?.getTime() === after[field]?.getTime())
}

/**
 * The meeting with what follows from its other fields: the due times of its debts, and the grade of a failed run that left
 * no files.
 */
export function withDebts(changed: Meeting): Meeting {
  const isOwed = writeOwed(changed) !== null
  const meeting = leftNothing(changed) ? { ...changed, collected: true, delivery: nothingDelivered(changed) } : changed
  return { ...meeting, writeDueAt: isOwed ? (meeting.writeDueAt ?? meeting.createdAt) : null, dueAt: dueAtOf(meeting) }
}

/** Makes a write at the vendor due now. Its job starts at once, and the sweep starts another if that job is lost. */
export function oweNow(meeting: Meeting, now: Date): Meeting {
  const writeDueAt = meeting.leaveRequestedAt ? soonAfter(now) : firstLookAt(meeting.joinAt, now)
  return { ...meeting, writeDueAt, round: meeting.round + 1 }
}

/** Asks for a look at the vendor, by that time at the latest. */
export function oweLook({ lookDueAt }: Pick<BotJobs, 'lookDueAt'>, by: Date): Pick<BotJobs, 'lookDueAt'> {
  return { lookDueAt: lookDueAt && lookDueAt < by ? lookDueAt : by }
}

/** There may be a second bot for this meeting. A look finds it and makes it leave, until it has ended. */
export function lookForExtraBots({ createAttempts }: BotJobs, now: Date) {
  return { createAttempts: Math.max(createAttempts, 2), lookDueAt: now }
}

/** The vendor has shown that the run has ended. Whether there is a second bot stays open. */
export function settledByEnd({ createAttempts, lookDueAt }: BotJobs) {
  return { writeDueAt: null, lookDueAt: createAttempts > 1 ? lookDueAt : null }
}

/** A bot leaves within seconds. If it has not left by then, it is told again. */
const tellAgainAfterMs = 60_000
const tellAgainWithinMs = 24 * 3_600_000

/**
 * When to tell the vendor again, for something that is owed since `since`: after a minute, and then each time after as
 * long as it has been owed, but at most a day. A bot that never answers is told eleven times on the first day, then
 * once a day.
 */
export function tellAgainAt(since: Date, now: Date): Date {
  const again = { firstMs: tellAgainAfterMs, mostMs: tellAgainWithinMs }
  return new Date(now.getTime() + waitAsLongAsOwed(since, now, again))
}

/** Whether the bot was told to leave so recently that it may still be leaving. */
export function wasJustTold({ leaveSentAt }: BotWishes, now: Date): boolean {
  return leaveSentAt !== null && now.getTime() - leaveSentAt.getTime() < tellAgainAfterMs
}

/**
 * A bot that was told to leave gives a later sign of life, by the vendor's clocks. Then it is told again, but no sooner
 * than a minute after the last time. A sign without a time counts as now.
 */
export function heardAlive(meeting: Meeting, fact: Fact, now: Date): Meeting {
  const { leaveRequestedAt, leaveSentAt } = meeting
  if (!leaveRequestedAt || !meeting.meetingBaasId || fact.kind !== 'status' || !isLive(fact.code)) return meeting
  if (fact.at && fact.at <= (leaveSentAt ?? leaveRequestedAt)) return meeting
  const from = Math.max(now.getTime(), (leaveSentAt?.getTime() ?? 0) + tellAgainAfterMs)
  if (meeting.writeDueAt && meeting.writeDueAt.getTime() <= from + tellAgainAfterMs) return meeting
  return from <= now.getTime() ? oweNow(meeting, now) : { ...meeting, writeDueAt: new Date(from) }
}

/** Statuses of a bot that is on its way into a meeting, or in it. */
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
