import type { Clock } from '../clock.ts'
import type { ErrorCode } from '../error-codes.ts'
import { PermanentError, RetryableError } from '../errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { applyFact, type Decision } from './bot-status.ts'
import { changeMeeting } from './change-meeting.ts'
import type { Fact } from './facts.ts'
import { findTheBot } from './find-the-bot.ts'
import { isFinal, type Meeting } from './meeting.ts'
import type { MeetingProvider } from './meeting-provider.ts'
import type { MeetingStore } from './meeting-store.ts'
import { planAgain } from './plan-again.ts'
import type { WriteLimits } from './vendor-write.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange' | 'subscribers'>
  provider: Pick<MeetingProvider, 'getBot' | 'getBotStatus' | 'findBots' | 'leaveBot'>
  limits: WriteLimits
  queue: Pick<JobQueue, 'enqueue'>
  now: Clock
}

export type SyncBotOutcome = 'changed' | 'unchanged' | 'lost' | 'given_up' | 'nothing_to_do'

/** A bot may be unknown to the vendor's reads for a moment after it was made. */
const lostAfterMs = 10 * 60_000
/** The vendor starts bookings by the minute. */
const notStartedAfterMs = 30 * 60_000
/**
 * When the vendor cannot be asked, a run is given up this long after its start: recordings end after 6 hours at most
 * (Meeting BaaS max_recording_duration), and their results follow within hours.
 */
export const unreachableAfterMs = 24 * 3_600_000

/** Repairs one meeting from a fresh read of the vendor. Writes nothing when that brings no news. */
export async function syncBot(deps: Deps, { meetingId }: { meetingId: string }): Promise<SyncBotOutcome> {
  const meeting = await deps.meetings.find(meetingId)
  if (!meeting?.meetingBaasId) return 'nothing_to_do'
  if (isFinal(meeting.state) && !meeting.dueAt) return 'nothing_to_do'
  const seenAt = deps.now()
  const fact = await read(deps, meeting)
  if (fact === 'lost' && isTooEarlyToBeLost(meeting, deps.now())) return 'unchanged'
  // More than one call may have reached the vendor: make sure that one bot is all there is.
  if (meeting.createAttempts > 1) await findTheBot(deps, meetingId, meeting.meetingBaasId)
  return await record(deps, { meeting, at: seenAt, news: fact })
}

/** Null: there is nothing to report, the bot waits for its time. */
async function read(deps: Deps, meeting: Meeting): Promise<Fact | 'lost' | null> {
  try {
    const fact = await deps.provider.getBot(meeting.meetingBaasId as string)
    return overdue(meeting, fact, deps.now()) ?? (await withNotedTime(deps, meeting, fact))
  } catch (error) {
    if (isUnknownBot(error)) return 'lost'
    const unreachable = error instanceof RetryableError || error instanceof PermanentError
    if (!unreachable || sinceStartMs(meeting, deps.now()) < unreachableAfterMs) throw error
    const message = `Meeting BaaS could not be asked how this run ended: ${error.message}`
    return { kind: 'failed', at: null, code: error.code, message, results: null }
  }
}

function isUnknownBot(error: unknown): boolean {
  return error instanceof PermanentError && error.code === 'PROVIDER_BOT_NOT_FOUND'
}

/** A fresh look at the vendor shows a bot that should have started, or ended, long ago: that is how this run ended. */
function overdue(meeting: Meeting, fact: Fact | null, now: Date): Fact | null {
  const failed = (code: ErrorCode, message: string): Fact => ({ kind: 'failed', at: now, code, message, results: null })
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

function sinceStartMs(meeting: Meeting, now: Date): number {
  return now.getTime() - (meeting.joinAt ?? meeting.createdAt).getTime()
}

function isTooEarlyToBeLost(meeting: Meeting, now: Date): boolean {
  const lastSign = Math.max(meeting.updatedAt.getTime(), meeting.joinAt?.getTime() ?? 0)
  return now.getTime() - lastSign < lostAfterMs
}

/** Of a status that is news to us it counts when the server noted it: an earlier one than ours may be a restart. */
async function withNotedTime({ provider }: Deps, meeting: Meeting, fact: Fact | null): Promise<Fact | null> {
  if (fact?.kind !== 'status' || fact.code === meeting.vendorStatus) return fact
  try {
    return await provider.getBotStatus(meeting.meetingBaasId as string)
  } catch (error) {
    // A booking that is being started has no status yet.
    if (isUnknownBot(error)) return fact
    throw error
  }
}

/** What the vendor said, when it was asked, and of which meeting. */
type Look = { meeting: Meeting; at: Date; news: Fact | 'lost' | null }

async function record(deps: Deps, look: Look): Promise<SyncBotOutcome> {
  const { meeting: seen, news } = look
  let outcome: SyncBotOutcome = 'unchanged'
  const after = await changeMeeting(deps.meetings, seen.id, 'sync', (before) => {
    const decision = isOvertaken(look, before) ? null : news && decide(before, news, look.at)
    if (decision && 'next' in decision && decision.outcome === 'applied') {
      outcome = news === 'lost' ? 'lost' : 'changed'
      return { next: settle(sendAwayWhenGivenUp(decision.next, deps.now())), entries: decision.entries }
    }
    return before.dueAt && before.version === seen.version ? { next: settle(before), entries: [] } : null
  })
  // No webhook told of the end, so nobody else has the events of the bot planned again.
  if (after && isFinal(after.state) && !isFinal(seen.state)) await planAgain(deps, after)
  return outcome
}

/**
 * What came since the look may be newer than what was seen, by whichever clock. How a run ended stays true; a status does
 * not, nor that a bot was not found. The next sync looks again.
 */
function isOvertaken({ meeting, news }: Look, before: Meeting): boolean {
  return before.version !== meeting.version && (news === 'lost' || news?.kind === 'status')
}

function decide(meeting: Meeting, news: Fact | 'lost', seenAt: Date): Decision {
  if (news !== 'lost') return applyFact(meeting, news, seenAt)
  const message = 'Meeting BaaS no longer knows the bot, and no result had arrived.'
  return applyFact(meeting, { kind: 'failed', at: seenAt, code: 'BOT_LOST', message, results: null }, seenAt)
}

/** A bot of which the vendor still says that it will come must not come any more. */
function sendAwayWhenGivenUp(meeting: Meeting, now: Date): Meeting {
  const isGivenUp = meeting.errorCode === 'BOT_NOT_STARTED' || meeting.errorCode === 'BOT_STUCK'
  return isGivenUp && !meeting.leaveSentAt ? { ...meeting, leaveRequestedAt: now, dueAt: now } : meeting
}

/** The owed look at the vendor has been had; a wish to leave that was not sent yet stays owed. */
function settle(meeting: Meeting): Meeting {
  return { ...meeting, dueAt: meeting.leaveRequestedAt && !meeting.leaveSentAt ? meeting.dueAt : null }
}
