/** A creation of a bot that did not succeed: tried again, paused with all others, or given up. */
import type { Clock } from '../../basics/clock.ts'
import { errorCodes } from '../../basics/error-codes.ts'
import { PermanentError, PostponedError, RetryableError, SeerError } from '../../basics/errors.ts'
import { leaseFor, noLease } from '../../basics/lease.ts'
import { lastsUntil } from '../../vendor/event-times.ts'
import { type ClosedCode, closedCodes, type VendorLimits } from '../../vendor/vendor-limits.ts'
import { changeMeeting } from '../change-meeting.ts'
import { isFinal, type Meeting } from '../meeting.ts'

type ChangeDeps = Parameters<typeof changeMeeting>[0] & { now: Clock }
type Deps = ChangeDeps & { limits: Pick<VendorLimits, 'pauseWrites' | 'pauseCreates'> }

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

/** What this run knows of the bot. `mayExist` is true until the vendor has said that there is none. */
export type Attempt = { mayExist: boolean; isCalling: boolean }

/** Whether this much time has passed since the bot's join time, and its event, if it has one, is over. */
export function isPast(
  { joinAt, createdAt, eventStartsAt, eventEndsAt }: Meeting,
  now: Date,
  afterMs: number,
): boolean {
  const wanted = joinAt ?? createdAt
  const isOverAt = eventStartsAt && eventEndsAt ? lastsUntil({ startTime: eventStartsAt, endTime: eventEndsAt }) : 0
  return now.getTime() > Math.max(wanted.getTime() + afterMs, isOverAt)
}

/** A bot that only waited for its turn has not been tried, however long that took. */
export function patienceMs({ lastProblem }: Meeting): number {
  const isInLine = lastProblem === null || lastProblem.startsWith('VENDOR_RATE_LIMITED')
  return isInLine ? unansweredAfterMs : giveUpAfterMs
}

/**
 * Why the bot waits until the vendor accepts creations again; null when it does not. Only bots for events wait for
 * tokens.
 */
export function closedFor({ code }: SeerError, { calendarEventId }: Meeting): ClosedCode | null {
  const closed = closedCodes.find((known) => known === code) ?? null
  return closed === 'VENDOR_INSUFFICIENT_TOKENS' && calendarEventId === null ? null : closed
}

type End = { code: string; message: string; mayExist: boolean }

export async function giveUp(
  deps: ChangeDeps,
  meeting: Meeting,
  mayExist: boolean,
  lastProblem = meeting.lastProblem,
): Promise<'failed'> {
  const code = lastProblem?.split(':')[0] ?? 'SERVICE_UNAVAILABLE'
  const detail = 'The bot could not be created in time for its meeting.'
  const why = lastProblem ? `Last problem: ${lastProblem}` : 'Meeting BaaS was not asked: no worker came to it in time.'
  return await fail(deps, meeting.id, { code, message: `${detail} ${why}`, mayExist })
}

async function fail(deps: ChangeDeps, meetingId: string, { code, message, mayExist }: End): Promise<'failed'> {
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
 * @throws the error, for the queue to try again, or PostponedError when the vendor's limit says when
 */
export async function endFailedCreation(
  deps: Deps,
  meeting: Meeting,
  attempt: Attempt,
  error: unknown,
): Promise<'failed'> {
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
async function release(deps: ChangeDeps, meetingId: string, facts: Release): Promise<void> {
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
