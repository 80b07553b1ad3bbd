import type { Clock } from '../../basics/clock.ts'
import { RetryableError } from '../../basics/errors.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { type BotDefaults, type CustomBotConfig, resolveBotConfig } from '../../vendor/bot-config.ts'
import { type ChangeDeps, changeMeeting } from '../change-meeting.ts'
import { type LinkProblem, readMeetingUrl } from '../link/meeting-url.ts'
import { openWith } from '../link/open-with.ts'
import { firstLookAt } from '../look-times.ts'
import { isFinal, type Meeting } from '../meeting.ts'
import type { ClaimOutcome, MeetingStore } from '../meeting-store.ts'
import { newMeeting } from '../new-meeting.ts'
import { shareBot } from '../sharing/share-bot.ts'
import type { SharingScope } from '../sharing/sharing.ts'
import { writeClaim } from '../write-change.ts'

export type BotOrder = {
  userId: string
  meetingUrl: string
  /** Chosen by the caller, or made for the caller. */
  meetingId: string
  botName?: string
  joinAt?: Date
  config?: CustomBotConfig
  extra?: Record<string, unknown>
}

export type RequestBotOutcome =
  | { outcome: 'accepted' | 'existing'; meeting: Meeting }
  | { outcome: 'unsupported_url'; problem: LinkProblem }
  | { outcome: 'join_time_out_of_range' }
  | { outcome: 'id_conflict' }

type Deps = {
  meetings: Pick<MeetingStore, 'claim' | 'find' | 'saveChange' | 'subscribers' | 'uninvited'>
  queue: Pick<JobQueue, 'wake'>
  defaults: BotDefaults
  /** Whose bots a user may share. */
  sharing: SharingScope
  now: Clock
}

/** Meeting BaaS takes a join_at up to 90 days ahead, and up to a minute back. */
const longestLeadMs = 90 * 24 * 3_600_000
const leewayMs = 60_000

/** Another user's bot may end after it was found and before it is shared. */
const tries = 5

/**
 * Takes an order for a bot: claims the meeting in Postgres and enqueues create-bot. The vendor is not asked here. If
 * another user has a bot in the meeting, that bot is shared, if the operator allows it and the user could come in
 * without it.
 */
export async function requestBot(deps: Deps, order: BotOrder): Promise<RequestBotOutcome> {
  const reading = readMeetingUrl(order.meetingUrl)
  if (!reading.ok) return { outcome: 'unsupported_url', problem: reading.problem }
  const now = deps.now()
  const leadMs = order.joinAt ? order.joinAt.getTime() - now.getTime() : 0
  if (leadMs > longestLeadMs || leadMs < -leewayMs) return { outcome: 'join_time_out_of_range' }

  const meeting = newMeeting({
    id: order.meetingId,
    userId: order.userId,
    link: reading.link,
    botName: order.botName ?? deps.defaults.name,
    botConfig: resolveBotConfig(deps.defaults, order.config),
    extra: order.extra ?? null,
    joinAt: order.joinAt ?? null,
    createdAt: now,
    writeDueAt: firstLookAt(order.joinAt ?? null, now),
  })
  const asked = { type: 'bot_requested' as const, occurredAt: now, data: { joinAt: meeting.joinAt } }
  const entry = { ...asked, cause: 'api' as const }
  const claimOnce = () => writeClaim(deps, () => deps.meetings.claim(meeting, entry, deps.sharing))
  const claim = await claimOrShare(deps, claimOnce, meeting)
  if (claim.outcome === 'id_taken') return { outcome: 'id_conflict' }
  if (claim.outcome === 'existing') {
    const sameOrder = claim.meeting.id !== meeting.id || isSameOrder(claim.meeting, meeting)
    if (!sameOrder) return { outcome: 'id_conflict' }
    await openWith(deps, claim.meeting.id, { userId: order.userId, meetingUrl: reading.link.url, cause: 'api' })
    return { outcome: 'existing', meeting: claim.meeting }
  }
  return { outcome: 'accepted', meeting: claim.meeting }
}

const byHand = {
  meetingBaasCalendarId: null,
  calendarEventId: null,
  calendarProvider: null,
  eventStartsAt: null,
  eventEndsAt: null,
}

/**
 * Turns a bot that was booked for the user's event into an order by hand. From then on rules and events do not call it
 * off.
 * @returns null when it has ended or changed hands meanwhile
 */
async function keepByHand(
  deps: ChangeDeps,
  meetingId: string,
  { userId, meetingUrl, extra, joinAt, createdAt }: Meeting,
): Promise<Meeting | null> {
  const kept = await changeMeeting(deps, meetingId, 'api', (before) => {
    const isKept = before.userId === userId && !isFinal(before.state) && before.leaveRequestedAt === null
    if (!isKept || before.calendarEventId === null) return { verdict: isKept }
    const next = { ...before, ...byHand, meetingUrl, extra: extra ?? before.extra }
    const entries = [{ type: 'bot_requested' as const, occurredAt: createdAt, data: { joinAt } }]
    return { next, entries, verdict: isKept }
  })
  return kept?.verdict ? kept.after : null
}

type Claimed = Exclude<ClaimOutcome, { outcome: 'others' }>

/** @throws RetryableError SERVICE_UNAVAILABLE when other users' bots kept ending before they could be shared */
async function claimOrShare(deps: Deps, claim: () => Promise<ClaimOutcome>, wanted: Meeting): Promise<Claimed> {
  for (let i = 0; i < tries; i++) {
    const claimed = await claim()
    if (claimed.outcome === 'existing' && claimed.meeting.calendarEventId !== null) {
      const kept = await keepByHand(deps, claimed.meeting.id, wanted)
      if (kept) return { outcome: 'existing', meeting: kept }
      continue
    }
    if (claimed.outcome !== 'others') return claimed
    const { userId, meetingUrl, extra, createdAt } = wanted
    const subscriber = { userId, meetingUrl, extra, sharedSince: createdAt, ...byHand }
    const shared = await shareBot(deps, claimed.meeting.id, subscriber, 'api')
    if (shared) return { outcome: 'existing', meeting: shared }
  }
  throw new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The bots of this meeting changed too often.' })
}

function isSameOrder(a: Meeting, b: Meeting): boolean {
  return a.joinKey === b.joinKey && a.joinAt?.getTime() === b.joinAt?.getTime()
}
