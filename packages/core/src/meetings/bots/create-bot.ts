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
 * Long enough to look for the bot (at most 20 s). Taken again for the wait for a write slot (at most 15 s) and the call
 * (at most 20 s), so that two jobs never call at the same time.
 */
const leaseMs = 40_000
/**
 * A bot that could not be created is given up this long after its join time; a bot for an event when the event ends.
 */
const giveUpAfterMs = 10 * 60_000
/**
 * A bot that may exist is looked for at least this long. If it turns up later, its first webhook makes it leave. A bot
 * that only waited in our own line is also tried this long, because its user was told that it comes.
 */
const unansweredAfterMs = 60 * 60_000
/** After a call without an answer, the vendor may need this long to show the bot in its lists. */
const settleMs = 10_000
/** A postponed job that is this late was lost. */
const sweepAfterMs = 10_000
/**
 * How long to wait before the vendor is asked again, well within the time in which a bot for now is tried. The daily
 * cap allows bots one by one, and tokens are bought at some time. When a key is repaired, somebody is waiting to see
 * that it works.
 */
const closedPauseMs: Record<ClosedCode, number> = {
  VENDOR_DAILY_CAP: 2 * 60_000,
  VENDOR_INSUFFICIENT_TOKENS: 2 * 60_000,
  VENDOR_UNAUTHORIZED: 60_000,
}

/**
 * Creates the bot of a claimed meeting, exactly once.
 *
 * The job may die at any moment and run again. Before the call, the row notes that a call may happen
 * (`createAttempts`). When a run finds such a note, it first asks the vendor for a bot with our meeting id, and adopts
 * a bot that is there. A lease keeps two jobs from calling at the same time.
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
    // The order was taken back meanwhile, and the vendor has not been asked yet.
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
 * When the tokens are used up, bots for calendar events wait. A bot that was ordered by hand fails with the vendor's
 * refusal.
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

/** What this run knows of the bot. `mayExist` is true until the vendor has said that there is none. */
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

/** A webhook may have arrived before the answer to the creation. Then the bot is known already. */
function isToBeCreated({ state, meetingBaasId }: Meeting): boolean {
  return state === 'pending' && meetingBaasId === null
}

/** Null when the lease ran out and another job took it, or the meeting went on without this job. */
async function renewLease(deps: Deps, leased: Meeting): Promise<Meeting | null> {
  const renewed = await changeMeeting(deps, leased.id, 'worker', (before) => {
    const isMine = isToBeCreated(before) && hasSameLease(before, leased)
    if (!isMine) return null
    return { next: { ...before, ...leaseFor(leaseMs, deps.now()) }, entries: [], verdict: 'mine' }
  })
  return renewed?.verdict ? renewed.after : null
}

type CreatedBot = Parameters<typeof withBot>[1] & {
  /** False when other bots of the meeting were told to leave, because they may still be there. */
  isAlone: boolean
  /** The row that the bot was made from. Null for a bot that was found, because it may be made from an older row. */
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
  // A webhook brought another bot meanwhile. The look that is owed now makes this one leave.
  if (recorded && recorded.after.meetingBaasId !== botId) return 'already_done'
  return adopted ? 'adopted' : 'created'
}

/** Whether the bot was made with the meeting's present data. Then a change between two tries need not be told. */
function isAsSent(meeting: Meeting, { botId, sent }: CreatedBot): boolean {
  const isThisBot = meeting.meetingBaasId === null || meeting.meetingBaasId === botId
  return isThisBot && sent !== null && isSameBooking(meeting, sent)
}

/**
 * The order was taken back, and the vendor has said that there is no bot. A bot that a webhook brought since must
 * leave.
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

/** Whether this much time has passed since the bot's join time, and its event, if it has one, is over. */
function isPast({ joinAt, createdAt, eventStartsAt, eventEndsAt }: Meeting, now: Date, afterMs: number): boolean {
  const wanted = joinAt ?? createdAt
  const isOverAt = eventStartsAt && eventEndsAt ? lastsUntil({ startTime: eventStartsAt, endTime: eventEndsAt }) : 0
  return now.getTime() > Math.max(wanted.getTime() + afterMs, isOverAt)
}

/** A bot that only waited for its turn has not been tried, however long that took. */
function patienceMs({ lastProblem }: Meeting): number {
  const isInLine = lastProblem === null || lastProblem.startsWith('VENDOR_RATE_LIMITED')
  return isInLine ? unansweredAfterMs : giveUpAfterMs
}

/**
 * Why the bot waits until the vendor accepts creations again; null when it does not. Only bots for events wait for
 * tokens.
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
    // No call can have made a bot, so the bot may be ordered again.
    const createAttempts = mayExist ? before.createAttempts : 0
    return {
      next: { ...before, ...ended, createAttempts, ...noLease },
      entries: [{ type: 'bot_error' as const, occurredAt: at, data: { code, message } }],
    }
  })
  return 'failed'
}

/**
 * Ends a run that failed. The meeting fails only when there can be no bot, because a recording bot must not be given
 * up. While the vendor cannot say, the meeting waits and the vendor is asked again, for at most an hour.
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

/**
 * How long all creations have to wait; null when the error is not a limit. Tells the limiter about the vendor's limit.
 */
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
  // A key that may create bots may still not be allowed to list them.
  const code = isCalling ? closedFor(error, meeting) : null
  if (code === null) return null
  const delayMs = closedPauseMs[code]
  await limits.pauseCreates({ delayMs, reason: `${errorCodes[code].title} ${error.message}`, code })
  return delayMs
}

type Release = { mayExist: boolean; problem: string; delayMs: number | null }

/**
 * Gives the lease back. An attempt that certainly created nothing is not counted. After an uncertain one, the vendor
 * gets a moment before it is asked. A postponed job comes back by itself, so the sweep stays away from its meeting
 * until then.
 */
async function release(deps: Deps, meetingId: string, facts: Release): Promise<void> {
  const { mayExist, problem: lastProblem, delayMs } = facts
  await changeMeeting(deps, meetingId, 'worker', (before) => {
    // A webhook about the bot came before the vendor's answer, so the meeting has gone on.
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

/** A bot that joins within this time is sent at once, because the vendor launches scheduled bots only every minute. */
const scheduleFromMs = 60_000

function requestFor(meeting: Meeting, now: Date): BotRequest {
  const { id: meetingId, joinUrl: meetingUrl, botName, botConfig: config, extra } = meeting
  const later = meeting.joinAt !== null && meeting.joinAt.getTime() > now.getTime() + scheduleFromMs
  return { meetingId, meetingUrl, botName, config, extra, joinAt: later ? meeting.joinAt : null }
}
