import type { Clock } from '../../basics/clock.ts'
import type { ErrorCode } from '../../basics/error-codes.ts'
import { PermanentError, RetryableError } from '../../basics/errors.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { Fact } from '../../vendor/facts.ts'
import type { VendorBot, VendorBots } from '../../vendor/vendor-bots.ts'
import type { WriteLimits } from '../../vendor/vendor-write.ts'
import { changeMeeting, type DecidedWith } from '../change-meeting.ts'
import { hasSameDebts, heardAlive, oweLook, oweNow, owesVendor, settledByEnd, tellAgainAt } from '../debts.ts'
import { isFinal, type Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { applyFact, type Decision } from '../status/bot-status.ts'
import { lookAgainAt } from '../status/inferred-end.ts'
import { findTheBot } from './find-the-bot.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  vendor: Pick<VendorBots, 'getBot' | 'getBotStatus' | 'findBots' | 'leaveBot'>
  limits: WriteLimits
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type SyncBotOutcome = 'changed' | 'unchanged' | 'lost' | 'given_up' | 'nothing_to_do'

/** The vendor may not find a new bot for a moment. */
const lostAfterMs = 10 * 60_000
/** The vendor starts bookings every minute, so a bot that is this late never started. */
const notStartedAfterMs = 30 * 60_000
/**
 * When the vendor cannot be asked, a run is given up this long after its start. Recordings end after at most 6 hours
 * (Meeting BaaS max_recording_duration), and their results follow within hours.
 */
export const unreachableAfterMs = 24 * 3_600_000

/** Repairs one meeting by a fresh read of the vendor. Writes nothing when there is no news. */
export async function syncBot(
  deps: Deps,
  { meetingId, evenIfEnded = false }: { meetingId: string; evenIfEnded?: boolean },
): Promise<SyncBotOutcome> {
  const meeting = await deps.meetings.find(meetingId)
  if (!meeting?.meetingBaasId) return 'nothing_to_do'
  const isOver = isFinal(meeting.state) && !meeting.endInferred && !owesVendor(meeting)
  if (isOver && !evenIfEnded) return 'nothing_to_do'
  const seenAt = deps.now()
  const look = await read(deps, meeting)
  if (look.news === 'lost' && isTooEarlyToBeLost(meeting, deps.now())) return 'unchanged'
  // More than one create call may have reached the vendor, so look for a second bot.
  const isAlone = meeting.createAttempts <= 1
  const { extra } = isAlone ? { extra: [] } : await findTheBot(deps, meetingId, meeting.meetingBaasId)
  return await record(deps, { ...look, meeting, at: seenAt, extra })
}

/** The result of a look at the vendor. */
type Look = {
  /** The meeting when the vendor was asked, and the time of that. */
  meeting: Meeting
  at: Date
  /** Null: no news, because the bot waits for its time. */
  news: Fact | 'lost' | null
  /** The run ends although the vendor has not shown an end: the bot is lost, out of reach, or long overdue. */
  isInferred?: 'lost' | 'unreachable' | 'overdue'
  /** Other bots with this meeting id that were told to leave. */
  extra: VendorBot[]
}

async function read(deps: Deps, meeting: Meeting): Promise<Pick<Look, 'news' | 'isInferred'>> {
  try {
    const fact = await deps.vendor.getBot(meeting.meetingBaasId as string)
    const end = overdue(meeting, fact, deps.now())
    return end ? { news: end, isInferred: 'overdue' } : { news: await withNotedTime(deps, meeting, fact) }
  } catch (error) {
    if (isUnknownBot(error)) return { news: 'lost', isInferred: 'lost' }
    const unreachable = error instanceof RetryableError || error instanceof PermanentError
    if (!unreachable || sinceStartMs(meeting, deps.now()) < unreachableAfterMs) throw error
    const message = `Meeting BaaS could not be asked how this run ended: ${error.message}`
    const end = { kind: 'failed' as const, at: null, code: error.code, message, results: null, inferred: true }
    return { news: end, isInferred: 'unreachable' }
  }
}

function isUnknownBot(error: unknown): boolean {
  return error instanceof PermanentError && error.code === 'VENDOR_BOT_NOT_FOUND'
}

/** The end of a run whose bot should have started, or ended, long ago by a fresh look at the vendor. */
function overdue(meeting: Meeting, fact: Fact | null, now: Date): Fact | null {
  const failed = (code: ErrorCode, message: string): Fact => inferredEnd(code, message, now)
  const sinceMs = sinceStartMs(meeting, now)
  if (fact === null && sinceMs > notStartedAfterMs) {
    return failed(
      'BOT_NOT_STARTED',
      'Meeting BaaS had not started the bot 30 minutes after the time it was booked for.',
    )
  }
  if (fact?.kind !== 'status' || sinceMs < unreachableAfterMs) return null
  return failed('BOT_STUCK', `Meeting BaaS still called the bot "${fact.code}" a day after its meeting began.`)
}

function inferredEnd(code: ErrorCode, message: string, at: Date): Fact {
  return { kind: 'failed', at, code, message, results: null, inferred: true }
}

function sinceStartMs(meeting: Meeting, now: Date): number {
  return now.getTime() - (meeting.joinAt ?? meeting.createdAt).getTime()
}

function isTooEarlyToBeLost(meeting: Meeting, now: Date): boolean {
  const lastSign = Math.max(meeting.updatedAt.getTime(), meeting.joinAt?.getTime() ?? 0)
  return now.getTime() - lastSign < lostAfterMs
}

/** For a new status, asks when the server noted it. An earlier status than ours may be a restart. */
async function withNotedTime({ vendor }: Deps, meeting: Meeting, fact: Fact | null): Promise<Fact | null> {
  if (fact?.kind !== 'status' || fact.code === meeting.vendorStatus) return fact
  try {
    return await vendor.getBotStatus(meeting.meetingBaasId as string)
  } catch (error) {
    // A booking that is just being started has no status yet.
    if (isUnknownBot(error)) return fact
    throw error
  }
}

async function record(deps: Deps, look: Look): Promise<SyncBotOutcome> {
  const { meeting: seen, news } = look
  const changed = await changeMeeting(deps, seen.id, 'sync', (before): DecidedWith<'changed' | 'lost' | null> => {
    if (isOvertaken(look, before)) return null
    const decision = news && decide(before, news, look.at)
    const change = decision && 'next' in decision && decision.outcome === 'applied' ? decision : null
    const next = looked(leaveOwed(before, change?.next ?? before, look, deps.now()), look, deps.now())
    if (change) return { next, entries: change.entries, verdict: news === 'lost' ? 'lost' : 'changed' }
    return hasSameDebts(before, next) ? null : { next, entries: [], verdict: null }
  })
  return changed?.verdict ?? 'unchanged'
}

/**
 * Whether something newer arrived since the look. How a run ended stays true, but a status or "not found" may be out of
 * date. The next sync looks again.
 */
function isOvertaken({ meeting, news }: Look, before: Meeting): boolean {
  return before.version !== meeting.version && (news === 'lost' || news?.kind === 'status')
}

/** Keeps leaving owed while the vendor has not shown an end. A sign of life makes it due again. */
function leaveOwed(before: Meeting, next: Meeting, { news, isInferred }: Look, now: Date): Meeting {
  if (isInferred === 'overdue') return sentAway(before, next, now)
  // The vendor has not shown an end, so the bot must still leave.
  if (isInferred) return { ...next, writeDueAt: before.leaveRequestedAt ? before.writeDueAt : null }
  if (news === null || news === 'lost') return next
  // The status holds now, whenever it began.
  return news.kind === 'status' ? heardAlive(next, { ...news, at: null }, now) : { ...next, ...settledByEnd(next) }
}

/** Settles the look that was owed when this one began. Extra bots are looked at again until they have ended. */
function looked(meeting: Meeting, { meeting: seen, extra }: Look, now: Date): Meeting {
  // An end that was concluded now has settled it, and asks for another look.
  const isHad = meeting.lookDueAt === null || meeting.lookDueAt.getTime() === seen.lookDueAt?.getTime()
  const next = isHad ? { ...meeting, lookDueAt: lookAgainAt(meeting, now) } : meeting
  const [first] = extra
  return first ? { ...next, ...oweLook(next, tellAgainAt(first.createdAt, now)) } : next
}

function decide(meeting: Meeting, news: Fact | 'lost', seenAt: Date): Decision {
  if (news !== 'lost') return applyFact(meeting, news, seenAt)
  const message = 'Meeting BaaS no longer knows the bot, and no result had arrived.'
  return applyFact(meeting, inferredEnd('BOT_LOST', message, seenAt), seenAt)
}

/** Makes a bot leave that the vendor still shows although its run is over. */
function sentAway(before: Meeting, next: Meeting, now: Date): Meeting {
  if (before.leaveRequestedAt && before.writeDueAt) return { ...next, writeDueAt: before.writeDueAt }
  return oweNow({ ...next, leaveRequestedAt: before.leaveRequestedAt ?? now }, now)
}
