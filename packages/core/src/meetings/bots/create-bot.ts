import type { Clock } from '../../basics/clock.ts'
import { PostponedError } from '../../basics/errors.ts'
import { freeInMs, hasSameLease, isFree, leaseFor, noLease } from '../../basics/lease.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgencyOfJoin } from '../../jobs/urgency.ts'
import type { BotRequest, VendorBots } from '../../vendor/vendor-bots.ts'
import type { VendorLimits } from '../../vendor/vendor-limits.ts'
import { changeMeeting, type DecidedWith } from '../change-meeting.ts'
import type { Meeting } from '../meeting.ts'
import type { MeetingStore } from '../meeting-store.ts'
import { type Attempt, closedFor, endFailedCreation, giveUp, isPast, patienceMs } from './failed-creation.ts'
import { findTheBot } from './find-the-bot.ts'
import { botFound, recordBot } from './record-bot.ts'

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
    return await endFailedCreation(deps, meeting, attempt, error)
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

/** A bot that joins within this time is sent at once, because the vendor launches scheduled bots only every minute. */
const scheduleFromMs = 60_000

function requestFor(meeting: Meeting, now: Date): BotRequest {
  const { id: meetingId, joinUrl: meetingUrl, botName, botConfig: config, extra } = meeting
  const later = meeting.joinAt !== null && meeting.joinAt.getTime() > now.getTime() + scheduleFromMs
  return { meetingId, meetingUrl, botName, config, extra, joinAt: later ? meeting.joinAt : null }
}
