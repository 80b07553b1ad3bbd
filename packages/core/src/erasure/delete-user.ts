import type { Clock } from '../basics/clock.ts'
import { batchesOf, inBatches } from '../basics/in-batches.ts'
import type { IntegrationStore } from '../calendars/calendar-store.ts'
import { requestDisconnect } from '../calendars/connection/disconnect-calendar.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { type EndBotOutcome, endBot } from '../meetings/bots/end-bot.ts'
import { changeMeeting } from '../meetings/change-meeting.ts'
import { isFinal, meetingStates } from '../meetings/meeting.ts'
import type { MeetingStore, SeenMeeting } from '../meetings/meeting-store.ts'
import { handedOver } from '../meetings/sharing/share-bot.ts'
import type { UserStore } from '../people/user-store.ts'
import type { TranscriptStore } from '../recordings/transcripts/transcript-store.ts'
import { beginDeletion } from './request-data-deletion.ts'

type Deps = {
  users: Pick<UserStore, 'remove'>
  meetings: Pick<
    MeetingStore,
    'list' | 'find' | 'findForUser' | 'saveChange' | 'subscribers' | 'listEndedShared' | 'listUndeleted' | 'removeEnded'
  >
  integrations: Pick<IntegrationStore, 'list' | 'find' | 'saveChange'>
  transcripts: Pick<TranscriptStore, 'forgetViewer'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

/** The result of one run, and whether the user is gone. */
export type DeletionProgress = {
  /** `waiting`: bots have not left, calendars are not disconnected, or data are not deleted; another run is needed then. */
  outcome: 'deleted' | 'waiting'
  /** Bots that go on for another user who shared them. */
  handedOver: number
  /** Bots that were told to leave and have not yet. */
  leaving: number
  /** Bots that had not started. */
  cancelled: number
  /** Other users' bots that the user shared. */
  left: number
  /** Ended bots with their recordings that now belong to another user who shared them. */
  recordingsHandedOver: number
  /** Calendars that are now being disconnected. */
  disconnecting: number
}

const activeStates = meetingStates.filter((state) => !isFinal(state))
const pageSize = 100

/**
 * Goes on with the deletion of a user as far as is possible now. What other users share stays theirs, and everything
 * else ends. The row is removed when none of the user's bots runs and no calendar is connected. Safe to run any number
 * of times: each run goes on where the last stopped. What a running plan or request has booked meanwhile, the next run
 * ends.
 */
export async function finishDeletion(deps: Deps, { userId }: { userId: string }): Promise<DeletionProgress> {
  const bots = await leaveBots(deps, userId)
  const recordingsHandedOver = await inBatches((limit) => handOverEnded(deps, userId, limit))
  const disconnecting = await disconnectCalendars(deps, userId)
  await inBatches((limit) => deleteBotData(deps, userId, limit))
  await inBatches((limit) => deps.meetings.removeEnded(userId, limit))
  await forgetViewer(deps, userId)
  const outcome = (await deps.users.remove(userId)) ? 'deleted' : 'waiting'
  return { outcome, ...bots, recordingsHandedOver, disconnecting }
}

type BotCounts = Pick<DeletionProgress, 'handedOver' | 'leaving' | 'cancelled' | 'left'>

async function leaveBots(deps: Deps, userId: string): Promise<BotCounts> {
  const counts = { handedOver: 0, leaving: 0, cancelled: 0, left: 0 }
  const why = { cause: 'worker' as const, reason: 'user_deleted' }
  const load = (after: SeenMeeting | null) => {
    const position = after && { createdAt: after.meeting.createdAt, id: after.meeting.id }
    return deps.meetings.list(userId, { states: activeStates }, position, pageSize)
  }
  for await (const page of batchesOf(load, { size: pageSize })) {
    for (const { meeting, role } of page) {
      const kind = kindOf(await endBot(deps, { userId, botId: meeting.id, why }), role)
      if (kind) counts[kind] += 1
    }
  }
  return counts
}

function kindOf({ outcome }: EndBotOutcome, role: SeenMeeting['role']): keyof BotCounts | null {
  if (outcome === 'left') return role === 'owner' ? 'handedOver' : 'left'
  if (outcome === 'ended') return 'cancelled'
  return outcome === 'leaving' ? 'leaving' : null
}

async function handOverEnded(deps: Deps, userId: string, limit: number): Promise<number> {
  const meetingIds = await deps.meetings.listEndedShared(userId, limit)
  for (const meetingId of meetingIds) {
    await changeMeeting(deps, meetingId, 'worker', async (before) => {
      const [heir] = await deps.meetings.subscribers(meetingId)
      return heir && before.userId === userId ? handedOver(before, heir, deps.now()) : null
    })
  }
  return meetingIds.length
}

/** The data of ended bots that nobody shares. Whoever placed a hold on them is being deleted. */
async function deleteBotData(deps: Deps, userId: string, limit: number): Promise<number> {
  const meetingIds = await deps.meetings.listUndeleted(userId, limit)
  const order = { scope: 'everything', reason: 'user_deleted', ownerId: userId } as const
  for (const meetingId of meetingIds) await beginDeletion(deps, meetingId, order)
  return meetingIds.length
}

/** Utterances are many, and small batches would look for what is left again and again. */
const utterancesAtOnce = 20_000

/** In transcripts that others keep. */
async function forgetViewer({ transcripts }: Deps, userId: string): Promise<void> {
  let written = utterancesAtOnce
  while (written > 0) written = await transcripts.forgetViewer(userId, utterancesAtOnce)
}

async function disconnectCalendars(deps: Deps, userId: string): Promise<number> {
  const integrations = await deps.integrations.list(userId)
  for (const { id: integrationId } of integrations) await requestDisconnect(deps, { integrationId })
  return integrations.length
}
