import type { Clock } from '../clock.ts'
import { PermanentError, PostponedError, RetryableError, type SeerError } from '../errors.ts'
import { changeMeeting } from './change-meeting.ts'
import { findTheBot, sendAway } from './find-the-bot.ts'
import { isFinal, type Meeting, type NewTimelineEntry } from './meeting.ts'
import type { BotRequest, MeetingProvider } from './meeting-provider.ts'
import type { MeetingStore } from './meeting-store.ts'
import type { ProviderLimits } from './provider-limits.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange'>
  provider: Pick<MeetingProvider, 'createBot' | 'findBots' | 'leaveBot'>
  limits: Pick<ProviderLimits, 'takeWriteSlot' | 'pauseWrites' | 'pauseCreates'>
  now: Clock
}

export type CreateBotOutcome = 'created' | 'adopted' | 'cancelled' | 'failed' | 'already_done'

/** Long enough to look for the bot (20 s at most) and to wait for a place in the write rate (15 s at most). */
const leaseMs = 40_000
/** Taken before the call: longer than the call can last (20 s), so that two jobs never call at once. */
const callLeaseMs = 25_000
/** A bot that could not be created is given up this long after it should have joined. */
const giveUpAfterMs = 10 * 60_000
/** The daily cap frees bot by bot; ask again at this distance, well within the time that a bot for now is tried. */
const dailyCapPauseMs = 2 * 60_000

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
  try {
    const mayExist = meeting.createAttempts > 1 || meeting.leaveRequestedAt !== null
    const existing = mayExist ? await findTheBot(deps, meetingId, null) : null
    if (existing) return await recordBot(deps, meetingId, existing, 'adopted')
    if (meeting.leaveRequestedAt) return await cancel(deps, meetingId)
    if (isTooLate(meeting, deps.now())) return await giveUp(deps, meeting)
    await deps.limits.takeWriteSlot('create')
    const mine = await renewLease(deps, meeting)
    if (!mine) return 'already_done'
    const { botId } = await deps.provider.createBot(requestFor(mine, deps.now()))
    return await recordBot(deps, meetingId, botId, 'created')
  } catch (error) {
    return await handleFailure(deps, meeting, error)
  }
}

type Lease = { outcome: 'leased'; meeting: Meeting } | { outcome: 'already_done' }

async function takeLease({ meetings, now }: Deps, meetingId: string): Promise<Lease> {
  let leasedUntil: Date | null = null
  const leased = await changeMeeting(meetings, meetingId, 'worker', (meeting) => {
    const at = now()
    leasedUntil = meeting.leaseUntil && meeting.leaseUntil > at ? meeting.leaseUntil : null
    if (meeting.state !== 'pending' || leasedUntil) return null
    const next = {
      ...meeting,
      createAttempts: meeting.createAttempts + 1,
      leaseUntil: new Date(at.getTime() + leaseMs),
    }
    return { next, entries: [] }
  })
  if (!leased || leased.state !== 'pending') return { outcome: 'already_done' }
  if (leasedUntil) {
    const delayMs = Math.max(1_000, (leasedUntil as Date).getTime() - now().getTime())
    throw new PostponedError('JOB_LEASED', { delayMs })
  }
  return { outcome: 'leased', meeting: leased }
}

/** Null when the lease ran out and somebody else took it, or the meeting went on without us. */
async function renewLease({ meetings, now }: Deps, leased: Meeting): Promise<Meeting | null> {
  let isMine = false
  const meeting = await changeMeeting(meetings, leased.id, 'worker', (before) => {
    isMine = before.state === 'pending' && before.leaseUntil?.getTime() === leased.leaseUntil?.getTime()
    return isMine ? { next: { ...before, leaseUntil: new Date(now().getTime() + callLeaseMs) }, entries: [] } : null
  })
  return isMine ? meeting : null
}

async function recordBot(
  deps: Deps,
  meetingId: string,
  botId: string,
  outcome: 'created' | 'adopted',
): Promise<CreateBotOutcome> {
  const at = deps.now()
  const isLater = (meeting: Meeting) => meeting.joinAt !== null && meeting.joinAt > at
  const meeting = await changeMeeting(deps.meetings, meetingId, 'worker', (before) => {
    if (before.meetingBaasId !== null) return { next: { ...before, leaseUntil: null }, entries: [] }
    const entries: NewTimelineEntry[] = []
    if (!isFinal(before.state)) {
      entries.push({ type: 'bot_created', occurredAt: at, data: { botId, adopted: outcome === 'adopted' } })
      if (isLater(before)) entries.push({ type: 'bot_scheduled', occurredAt: at, data: { joinAt: before.joinAt } })
    }
    const state = before.state === 'pending' ? (isLater(before) ? 'scheduled' : 'queued') : before.state
    // A wish to end it that came during the call is now owed: the bot exists.
    const leaving = before.leaveRequestedAt !== null || isFinal(before.state)
    const dueAt = leaving ? at : null
    const leaveRequestedAt = leaving ? (before.leaveRequestedAt ?? at) : null
    const next = {
      ...before,
      meetingBaasId: botId,
      state,
      leaseUntil: null,
      dueAt,
      leaveRequestedAt,
      lastProblem: null,
    }
    return { next, entries }
  })
  if (meeting && meeting.meetingBaasId !== botId) {
    await sendAway(deps, botId)
    return 'already_done'
  }
  return outcome
}

async function cancel(deps: Deps, meetingId: string): Promise<CreateBotOutcome> {
  const at = deps.now()
  await changeMeeting(deps.meetings, meetingId, 'worker', (before) =>
    before.state === 'pending'
      ? {
          next: { ...before, state: 'cancelled', finalAt: at, dueAt: null, leaseUntil: null, lastProblem: null },
          entries: [{ type: 'bot_cancelled', occurredAt: at, data: {} }],
        }
      : null,
  )
  return 'cancelled'
}

function isTooLate(meeting: Meeting, now: Date): boolean {
  const wanted = meeting.joinAt ?? meeting.createdAt
  return now.getTime() > wanted.getTime() + giveUpAfterMs
}

async function giveUp(deps: Deps, meeting: Meeting): Promise<CreateBotOutcome> {
  const code = (meeting.lastProblem?.split(':')[0] ?? 'PROVIDER_UNAVAILABLE') as SeerError['code']
  const detail = 'The bot could not be created within 10 minutes of the time it should have joined.'
  return await fail(
    deps,
    meeting.id,
    code,
    meeting.lastProblem ? `${detail} Last problem: ${meeting.lastProblem}` : detail,
  )
}

async function fail(deps: Deps, meetingId: string, code: string, message: string): Promise<'failed'> {
  const at = deps.now()
  await changeMeeting(deps.meetings, meetingId, 'worker', (before) =>
    isFinal(before.state) || before.meetingBaasId
      ? null
      : {
          next: {
            ...before,
            state: 'failed',
            errorCode: code,
            errorMessage: message,
            finalAt: at,
            dueAt: null,
            leaseUntil: null,
          },
          entries: [{ type: 'bot_error', occurredAt: at, data: { code, message } }],
        },
  )
  return 'failed'
}

async function handleFailure(deps: Deps, meeting: Meeting, error: unknown): Promise<CreateBotOutcome> {
  if (error instanceof PostponedError) {
    await release(deps, meeting.id, { undoAttempt: true, problem: `${error.code}: ${error.message}` })
    throw error
  }
  if (error instanceof PermanentError) return await fail(deps, meeting.id, error.code, error.message)
  if (!(error instanceof RetryableError)) {
    await release(deps, meeting.id, { undoAttempt: false, problem: 'INTERNAL_ERROR: unexpected error' })
    throw error
  }
  const problem = `${error.code}: ${error.message}`
  await release(deps, meeting.id, { undoAttempt: !error.outcomeUnknown, problem })
  if (isTooLate(meeting, deps.now())) return await giveUp(deps, { ...meeting, lastProblem: problem })
  if (error.code === 'PROVIDER_RATE_LIMITED') {
    const delayMs = error.retryAfterMs ?? 1_000
    await deps.limits.pauseWrites({ delayMs, reason: error.message })
    throw new PostponedError(error.code, { delayMs, detail: error.message })
  }
  if (error.code === 'PROVIDER_DAILY_CAP') {
    await deps.limits.pauseCreates({ delayMs: dailyCapPauseMs, reason: error.message })
    throw new PostponedError(error.code, { delayMs: dailyCapPauseMs, detail: error.message })
  }
  throw error
}

/** Gives the lease back. An attempt of which we know that it created nothing is not counted. */
async function release(deps: Deps, meetingId: string, facts: { undoAttempt: boolean; problem: string }): Promise<void> {
  await changeMeeting(deps.meetings, meetingId, 'worker', (before) => {
    const createAttempts = before.createAttempts - (facts.undoAttempt ? 1 : 0)
    return { next: { ...before, createAttempts, leaseUntil: null, lastProblem: facts.problem }, entries: [] }
  })
}

/** A bot that should join within this time is sent at once: the vendor launches scheduled bots by the minute. */
const scheduleFromMs = 60_000

function requestFor(meeting: Meeting, now: Date): BotRequest {
  const { id: meetingId, meetingUrl, botName, botConfig: config, extra } = meeting
  const later = meeting.joinAt !== null && meeting.joinAt.getTime() > now.getTime() + scheduleFromMs
  return { meetingId, meetingUrl, botName, config, extra, joinAt: later ? meeting.joinAt : null }
}
