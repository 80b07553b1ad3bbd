import type { Clock } from '../../basics/clock.ts'
import { errorCodes } from '../../basics/error-codes.ts'
import { PermanentError, PostponedError, RetryableError, SeerError } from '../../basics/errors.ts'
import { freeInMs, hasSameLease, isFree, leaseFor, noLease } from '../../basics/lease.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgencyOfJoin } from '../../jobs/urgency.ts'
import { lastsUntil } from '../../vendor/event-times.ts'
import type { BotRequest, VendorBot, VendorBots } from '../../vendor/vendor-bots.ts'
import { type ClosedCode, closedCodes, type VendorLimits } from '../../vendor/vendor-limits.ts'
import { changeMeeting, type DecidedWith } from '../change-meeting.ts'
import { lookForExtraBots } from '../debts.ts'
import { isFinal, type Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { withBot } from '../with-bot.ts'
import { findTheBot } from './find-the-bot.ts'
import { isSameBooking } from './reschedule-bot.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  vendor: Pick<VendorBots, 'createBot' | 'findBots' | 'leaveBot'>
  limits: Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites' | 'pauseCreates'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type CreateBotOutcome = 'created' | 'adopted' | 'cancelled' | 'failed' | 'already_done'

/**
 * Long enough to look for the bot (20 s at most); taken anew, to wait for a slot of the write rate (15 s at most) and
 * to call (20 s at most), so that two jobs never call at once.
 */
const leaseMs = 40_000
/**
 * A bot that could not be created is given up this long after it should have joined, one for an event when that ends.
 */
const giveUpAfterMs = 10 * 60_000
/**
 * One that may exist is asked for until then at least; should it turn up later, its first event sends it away. One that
 * the vendor was never asked for, because it waited in our own line, is asked for until then: whoever ordered it was
 * told that it comes.
 */
const unansweredAfterMs = 60 * 60_000
/** After a call without an answer the vendor may need this long until the bot is in its lists. */
const settleMs = 10_000
/** A postponed job that has not come back this long after its time was lost. */
const sweepAfterMs = 10_000
/**
 * Asked again at this distance, well within the time that a bot for now is tried. The daily cap frees bot by bot, and
 * tokens are bought at some time; a key is mended by somebody who waits to see that it works.
 */
const closedPauseMs: Record<ClosedCode, number> = {
  VENDOR_DAILY_CAP: 2 * 60_000,
  VENDOR_INSUFFICIENT_TOKENS: 2 * 60_000,
  VENDOR_UNAUTHORIZED: 60_000,
}

/**
 * Brings the bot of a claimed meeting into being, exactly once.
 *
 * The job may die at any instruction and run again. Before the call the row notes that a call may happen
 * (`createAttempts`); whoever finds such a note asks the vendor for a bot with our meeting id before calling again, and
 * adopts what is there. A lease keeps two jobs from calling at the same time.
 */
export async function createBot(deps: Deps, { meetingId }: { meetingId: string }): Promise<CreateBotOutcome> {
  const lease = await takeLease(deps, meetingId)
  if (lease.outcome !== 'leased') return lease.outcome
  const { meeting } = lease
  const attempt: Attempt = { mayExist: meeting.createAttempts > 1, isCalling: false }
  try {
    if (attempt.mayExist || meeting.leaveRequestedAt) {
      const { kept, extra } = await findTheBot(deps, meetingId, null)
      if (kept) return await recordBot(deps, meetingId, botFound(kept, extra))
      attempt.mayExist = false
    }
    if (meeting.leaveRequestedAt) return await cancel(deps, meetingId)
    if (isPast(meeting, deps.now(), patienceMs(meeting))) return await giveUp(deps, meeting, false)
    const mine = await renewLease(deps, meeting)
    if (!mine) return 'already_done'
    // Taken back meanwhile, and nobody was asked yet.
    if (mine.leaveRequestedAt) return await cancel(deps, meetingId)
    const giveBack = await takeWriteSlot(deps, mine)
    attempt.isCalling = true
    const request = requestFor(mine, deps.now())
    const { botId } = await deps.vendor.createBot(request).finally(giveBack)
    Object.assign(attempt, { isCalling: false, mayExist: true })
    const bot = { botId, isBooked: request.joinAt !== null, adopted: false, isAlone: true, sent: mine }
    return await recordBot(deps, meetingId, bot)
  } catch (error) {
    return await handleFailure(deps, meeting, attempt, error)
  }
}

/**
 * When tokens are used up, bots for calendar events wait for new ones. A bot that was ordered by hand is refused by the
 * vendor at once.
 */
async function takeWriteSlot({ limits, now }: Deps, meeting: Meeting): Promise<() => void> {
  const urgency = urgencyOfJoin(meeting.joinAt, now())
  try {
    return await limits.takeWriteSlot('create', urgency)
  } catch (error) {
    const isForTokens = error instanceof PostponedError && error.code === 'VENDOR_INSUFFICIENT_TOKENS'
    if (!isForTokens || closedFor(error, meeting) !== null) throw error
    return await limits.takeWriteSlot('other', urgency)
  }
}

/**
 * What is known of the bot while this run goes on. `mayExist` stays true until the vendor has said that there is none.
 */
type Attempt = { mayExist: boolean; isCalling: boolean }

type Lease = { outcome: 'leased'; meeting: Meeting } | { outcome: 'already_done' }

async function takeLease(deps: Deps, meetingId: string): Promise<Lease> {
  type Verdict = 'leased' | { freeInMs: number }
  const leased = await changeMeeting(deps, meetingId, 'worker', (before): DecidedWith<Verdict> => {
    const at = deps.now()
    if (!isToBeCreated(before)) return null
    if (!isFree(before, at)) return { verdict: { freeInMs: freeInMs(before, at) } }
    const next = { ...before, createAttempts: before.createAttempts + 1, ...leaseFor(leaseMs, at) }
    return { next, entries: [], verdict: 'leased' }
  })
  if (!leased?.verdict) return { outcome: 'already_done' }
  if (leased.verdict !== 'leased') {
    throw new PostponedError('JOB_LEASED', { delayMs: leased.verdict.freeInMs })
  }
  return { outcome: 'leased', meeting: leased.after }
}

/** An event may have told of the bot before its creation was answered. */
function isToBeCreated({ state, meetingBaasId }: Meeting): boolean {
  return state === 'pending' && meetingBaasId === null
}

/** Null when the lease ran out and somebody else took it, or the meeting went on without us. */
async function renewLease(deps: Deps, leased: Meeting): Promise<Meeting | null> {
  const renewed = await changeMeeting(deps, leased.id, 'worker', (before) => {
    const isMine = isToBeCreated(before) && hasSameLease(before, leased)
    if (!isMine) return null
    return { next: { ...before, ...leaseFor(leaseMs, deps.now()) }, entries: [], verdict: 'mine' }
  })
  return renewed?.verdict ? renewed.after : null
}

type CreatedBot = Parameters<typeof withBot>[1] & {
  /** False when others of the meeting were told to leave, which they may not have done. */
  isAlone: boolean
  /** What it was made from; null for one that was found, which may have been made from an older row. */
  sent: Meeting | null
}

function botFound({ botId, status }: VendorBot, extra: VendorBot[]): CreatedBot {
  return { botId, isBooked: status === 'scheduled', adopted: true, isAlone: extra.length === 0, sent: null }
}

async function recordBot(deps: Deps, meetingId: string, bot: CreatedBot): Promise<CreateBotOutcome> {
  const { botId, adopted } = bot
  const at = deps.now()
  const recorded = await changeMeeting(deps, meetingId, 'worker', (found) => {
    const before = { ...found, changeOwed: found.changeOwed && !isAsSent(found, bot) }
    const known = before.meetingBaasId
    if (known === botId && bot.isAlone) return { next: { ...before, ...noLease }, entries: [] }
    if (known !== null) return { next: { ...before, ...lookForExtraBots(before, at), ...noLease }, entries: [] }
    const { next, entries } = withBot(before, bot, at)
    return { next: bot.isAlone ? next : { ...next, ...lookForExtraBots(next, at) }, entries }
  })
  // The bot was told of by an event and another one was made: the look that is owed now sends this one away.
  if (recorded && recorded.after.meetingBaasId !== botId) return 'already_done'
  return adopted ? 'adopted' : 'created'
}

/** A change from between two tries is in the bot that the second one made: there is nothing to tell of it any more. */
function isAsSent(meeting: Meeting, { botId, sent }: CreatedBot): boolean {
  const isThisBot = meeting.meetingBaasId === null || meeting.meetingBaasId === botId
  return isThisBot && sent !== null && isSameBooking(meeting, sent)
}

/**
 * The order was taken back, and the vendor has said that there is no bot. One that an event told of since is to leave.
 */
async function cancel(deps: Deps, meetingId: string): Promise<CreateBotOutcome> {
  const at = deps.now()
  const cancelled = await changeMeeting(deps, meetingId, 'worker', (before) => {
    if (before.state !== 'pending' || before.meetingBaasId !== null) return null
    const next = { ...before, state: 'cancelled' as const, finalAt: at, ...noLease, lastProblem: null }
    return { next, entries: [{ type: 'bot_cancelled' as const, occurredAt: at, data: {} }] }
  })
  return cancelled?.after.state === 'cancelled' ? 'cancelled' : 'already_done'
}

/**
 * Whether it is this long after the time at which the bot should have joined, and its event, if it has one, is over.
 */
function isPast({ joinAt, createdAt, eventStartsAt, eventEndsAt }: Meeting, now: Date, afterMs: number): boolean {
  const wanted = joinAt ?? createdAt
  const isOverAt = eventStartsAt && eventEndsAt ? lastsUntil({ startTime: eventStartsAt, endTime: eventEndsAt }) : 0
  return now.getTime() > Math.max(wanted.getTime() + afterMs, isOverAt)
}

/** What has only waited for its turn has not been tried, however long that took. */
function patienceMs({ lastProblem }: Meeting): number {
  const isInLine = lastProblem === null || lastProblem.startsWith('VENDOR_RATE_LIMITED')
  return isInLine ? unansweredAfterMs : giveUpAfterMs
}

/**
 * Why the bot waits until creations are taken again; null when it does not. Only a bot for an event waits for tokens.
 */
function closedFor({ code }: SeerError, { calendarEventId }: Meeting): ClosedCode | null {
  const closed = closedCodes.find((known) => known === code) ?? null
  return closed === 'VENDOR_INSUFFICIENT_TOKENS' && calendarEventId === null ? null : closed
}

type End = { code: string; message: string; mayExist: boolean }

async function giveUp(
  deps: Deps,
  meeting: Meeting,
  mayExist: boolean,
  lastProblem = meeting.lastProblem,
): Promise<CreateBotOutcome> {
  const code = lastProblem?.split(':')[0] ?? 'SERVICE_UNAVAILABLE'
  const detail = 'The bot could not be created in time for its meeting.'
  const why = lastProblem ? `Last problem: ${lastProblem}` : 'Meeting BaaS was not asked: no worker came to it in time.'
  return await fail(deps, meeting.id, { code, message: `${detail} ${why}`, mayExist })
}

async function fail(deps: Deps, meetingId: string, { code, message, mayExist }: End): Promise<'failed'> {
  const at = deps.now()
  await changeMeeting(deps, meetingId, 'worker', (before) => {
    if (isFinal(before.state) || before.meetingBaasId) return null
    const end = { state: 'failed' as const, errorCode: code, errorMessage: message, finalAt: at }
    const ended = { ...end, endInferred: mayExist }
    // None of the calls can have made a bot: whoever wants one may order it again.
    const createAttempts = mayExist ? before.createAttempts : 0
    return {
      next: { ...before, ...ended, createAttempts, ...noLease },
      entries: [{ type: 'bot_error' as const, occurredAt: at, data: { code, message } }],
    }
  })
  return 'failed'
}

/**
 * Settles a run that did not succeed. The meeting is failed only when there can be no bot, since one that records must
 * not be given up; while the vendor cannot say, the meeting waits and is asked for again, for an hour at most.
 */
async function handleFailure(
  deps: Deps,
  meeting: Meeting,
  attempt: Attempt,
  error: unknown,
): Promise<CreateBotOutcome> {
  const isRefusal = error instanceof PermanentError || (error instanceof RetryableError && !error.outcomeUnknown)
  const mayExist = attempt.mayExist || (attempt.isCalling && !isRefusal)
  const problem = error instanceof SeerError ? `${error.code}: ${error.message}` : 'INTERNAL_ERROR: unexpected error'
  const delayMs = await delayFor(deps, meeting, attempt, error)
  await release(deps, meeting.id, { mayExist, problem, delayMs })
  if (error instanceof SeerError && isPast(meeting, deps.now(), unansweredAfterMs))
    return await giveUp(deps, meeting, mayExist, problem)
  if (!mayExist && delayMs === null && error instanceof PermanentError)
    return await fail(deps, meeting.id, { code: error.code, message: error.message, mayExist })
  if (!mayExist && error instanceof RetryableError && isPast(meeting, deps.now(), giveUpAfterMs)) {
    return await giveUp(deps, meeting, mayExist, problem)
  }
  if (delayMs === null || error instanceof PostponedError || !(error instanceof SeerError)) throw error
  throw new PostponedError(error.code, { delayMs, detail: error.message })
}

/** How long everybody has to wait; null when the error is no limit. Tells the limiter of limits that the vendor set. */
async function delayFor(
  { limits }: Deps,
  meeting: Meeting,
  { isCalling }: Attempt,
  error: unknown,
): Promise<number | null> {
  if (error instanceof PostponedError) return error.delayMs
  if (!(error instanceof SeerError)) return null
  if (error instanceof RetryableError && error.code === 'VENDOR_RATE_LIMITED') {
    const delayMs = error.retryAfterMs ?? 1_000
    await limits.pauseWrites({ delayMs, reason: error.message })
    return delayMs
  }
  // A key that may create bots need not be allowed to look for them.
  const code = isCalling ? closedFor(error, meeting) : null
  if (code === null) return null
  const delayMs = closedPauseMs[code]
  await limits.pauseCreates({ delayMs, reason: `${errorCodes[code].title} ${error.message}`, code })
  return delayMs
}

type Release = { mayExist: boolean; problem: string; delayMs: number | null }

/**
 * Gives the lease back. An attempt of which we know that it created nothing is not counted. After one of which we do
 * not know, the vendor gets a moment to finish before it is asked. A postponed job comes back by itself, so the sweep
 * stays away from its meeting until then.
 */
async function release(deps: Deps, meetingId: string, facts: Release): Promise<void> {
  const { mayExist, problem: lastProblem, delayMs } = facts
  await changeMeeting(deps, meetingId, 'worker', (before) => {
    // An event told of the bot before the vendor's answer did: the meeting has gone on.
    if (before.state !== 'pending' || before.meetingBaasId !== null) return null
    const at = deps.now()
    const next = {
      ...before,
      lastProblem,
      createAttempts: before.createAttempts - (mayExist ? 0 : 1),
      ...(mayExist ? leaseFor(settleMs, at) : noLease),
      writeDueAt: delayMs === null ? before.writeDueAt : new Date(at.getTime() + delayMs + sweepAfterMs),
    }
    return { next, entries: [] }
  })
}

/** A bot that should join within this time is sent at once: the vendor launches scheduled bots by the minute. */
const scheduleFromMs = 60_000

function requestFor(meeting: Meeting, now: Date): BotRequest {
  const { id: meetingId, joinUrl: meetingUrl, botName, botConfig: config, extra } = meeting
  const later = meeting.joinAt !== null && meeting.joinAt.getTime() > now.getTime() + scheduleFromMs
  return { meetingId, meetingUrl, botName, config, extra, joinAt: later ? meeting.joinAt : null }
}
