import type { Clock } from '../clock.ts'
import { PermanentError, RetryableError } from '../errors.ts'
import { applyFact, type Decision } from './bot-status.ts'
import { changeMeeting } from './change-meeting.ts'
import type { Fact } from './facts.ts'
import { findTheBot } from './find-the-bot.ts'
import { isFinal, type Meeting } from './meeting.ts'
import type { MeetingProvider } from './meeting-provider.ts'
import type { MeetingStore } from './meeting-store.ts'
import type { ProviderLimits } from './provider-limits.ts'

type Deps = {
  meetings: Pick<MeetingStore, 'find' | 'saveChange'>
  provider: Pick<MeetingProvider, 'getBot' | 'getBotStatus' | 'findBots' | 'leaveBot'>
  limits: Pick<ProviderLimits, 'takeWriteSlot'>
  now: Clock
}

export type SyncBotOutcome = 'changed' | 'unchanged' | 'lost' | 'given_up' | 'nothing_to_do'

/** A bot may be unknown to the vendor's reads for a moment after it was made. */
const lostAfterMs = 10 * 60_000
/** The clocks of bot and server may differ by this much. */
const clockSkewMs = 60_000
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
  const fact = await read(deps, meeting)
  if (fact === 'lost' && deps.now().getTime() - meeting.updatedAt.getTime() < lostAfterMs) return 'unchanged'
  // More than one call may have reached the vendor: make sure that one bot is all there is.
  if (meeting.createAttempts > 1) await findTheBot(deps, meetingId, meeting.meetingBaasId)
  const late = fact !== 'lost' && fact?.kind === 'status' && applyFact(meeting, fact, deps.now()).outcome === 'late'
  const news = late && !isFinal(meeting.state) ? await readRestart(deps, meeting) : fact
  return await record(deps, meeting, news)
}

/** Null: there is nothing to report, the bot waits for its time. */
async function read(deps: Deps, meeting: Meeting): Promise<Fact | 'lost' | null> {
  try {
    return await deps.provider.getBot(meeting.meetingBaasId as string)
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'PROVIDER_BOT_NOT_FOUND') return 'lost'
    const runningSince = (meeting.joinAt ?? meeting.createdAt).getTime()
    const unreachable = error instanceof RetryableError || error instanceof PermanentError
    if (!unreachable || deps.now().getTime() - runningSince < unreachableAfterMs) throw error
    const message = `Meeting BaaS could not be asked how this run ended: ${error.message}`
    return { kind: 'failed', at: null, code: error.code, message, results: null }
  }
}

/** An earlier status than ours is a restart only when the vendor noted it clearly later than our newest fact. */
async function readRestart(deps: Deps, meeting: Meeting): Promise<Fact | null> {
  const status = await deps.provider.getBotStatus(meeting.meetingBaasId as string)
  const isNewer =
    status.at && meeting.vendorStatusAt && status.at.getTime() > meeting.vendorStatusAt.getTime() + clockSkewMs
  return isNewer ? status : null
}

async function record(deps: Deps, seen: Meeting, news: Fact | 'lost' | null): Promise<SyncBotOutcome> {
  let outcome: SyncBotOutcome = 'unchanged'
  await changeMeeting(deps.meetings, seen.id, 'sync', (before) => {
    const decision = news && decide(before, news, deps.now())
    if (decision && 'next' in decision && decision.outcome === 'applied') {
      outcome = news === 'lost' ? 'lost' : 'changed'
      return { next: settle(decision.next), entries: decision.entries }
    }
    return before.dueAt && before.version === seen.version ? { next: settle(before), entries: [] } : null
  })
  return outcome
}

function decide(meeting: Meeting, news: Fact | 'lost', now: Date): Decision {
  if (news !== 'lost') return applyFact(meeting, news, now)
  const message = 'Meeting BaaS no longer knows the bot, and no result had arrived.'
  return applyFact(meeting, { kind: 'failed', at: now, code: 'BOT_LOST', message, results: null }, now)
}

/** The owed look at the vendor has been had; a wish to leave that was not sent yet stays owed. */
function settle(meeting: Meeting): Meeting {
  const leaveOwed = meeting.leaveRequestedAt && !meeting.leaveSentAt && !isFinal(meeting.state)
  return { ...meeting, dueAt: leaveOwed ? meeting.dueAt : null }
}
