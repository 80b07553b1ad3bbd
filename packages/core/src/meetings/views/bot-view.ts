import { type DataState, dataStateOf, type Hold } from '../deletion/data-deletion.ts'
import type { Delivery } from '../delivery/delivery.ts'
import { type ExplainedFailure, explainFailure } from '../failures/causes-of-failure.ts'
import type { BotRun, BotShare, Meeting, OrderedBot } from '../meeting.ts'
import type { SeenMeeting } from '../meeting-store.ts'
import type { LateAccess } from '../sharing/sharing.ts'

/**
 * A bot and how a user has it. `MeetingStore` gives the meeting as that user sees it: with the user's own link, event
 * and data. `left`: the user has just given up the bot, and other users keep it.
 */
export type Seen = Omit<SeenMeeting, 'role'> & { role: SeenMeeting['role'] | 'left' }

/** Leaves out what only Seer sees: the link by which the bot joins, whose link it is, the machinery of jobs. */
type Shown =
  | 'id'
  | 'meetingBaasId'
  | 'meetingUrl'
  | 'platform'
  | 'botName'
  | 'botConfig'
  | 'extra'
  | 'joinAt'
  | 'state'
  | 'run'
  | 'participants'
  | 'speakers'
  | 'durationSeconds'
  | 'joinedAt'
  | 'recordingStartedAt'
  | 'exitedAt'
  | 'finalAt'
  | 'endInferred'
  | 'sharedSince'
  | 'leaveRequestedAt'
  | 'meetingBaasCalendarId'
  | 'calendarEventId'
  | 'calendarProvider'
  | 'createdAt'
  | 'updatedAt'

/** All that a user sees of a bot. */
export type BotView = Pick<Meeting, Shown> & {
  role: Seen['role']
  /** How many other users have this bot as well. */
  others: number
  /** Whether what the bot recorded is kept from this user. */
  recordingHidden: boolean
  /** What the link to the recording leads to: the video, or the audio if there is no video. Null: there is neither. */
  recordingKind: 'video' | 'audio' | null
  /** What the run delivered. */
  delivery: Delivery | null
  hold: Hold | null
  dataState: DataState
  /** Why the bot failed, and what helps. */
  error: ({ code: string; message: string | null } & ExplainedFailure) | null
  /** What keeps Seer from telling the vendor what it owes; null when it owes nothing, or nothing is in its way. */
  waitingFor: string | null
}

/**
 * What one of its users sees of a bot. Used by everything that shows bots to users, such as the API. Every field is
 * named, because V8 makes such an object in 1 µs, but one from a list of names in 40 µs.
 */
export function viewOf({ meeting, role, others }: Seen, lateAccess: LateAccess): BotView {
  const recordingHidden = hidesRecording(meeting, lateAccess)
  const { artifacts, participants, speakers, delivery } = recordingHidden ? nothingRecorded : meeting
  const { errorCode: code, errorMessage, dueAt, lastProblem } = meeting
  return {
    id: meeting.id,
    meetingBaasId: meeting.meetingBaasId,
    meetingUrl: meeting.meetingUrl,
    platform: meeting.platform,
    botName: meeting.botName,
    botConfig: meeting.botConfig,
    extra: meeting.extra,
    joinAt: meeting.joinAt,
    state: meeting.state,
    run: meeting.run,
    participants,
    speakers,
    durationSeconds: meeting.durationSeconds,
    joinedAt: meeting.joinedAt,
    recordingStartedAt: meeting.recordingStartedAt,
    exitedAt: meeting.exitedAt,
    finalAt: meeting.finalAt,
    endInferred: meeting.endInferred,
    sharedSince: meeting.sharedSince,
    leaveRequestedAt: meeting.leaveRequestedAt,
    meetingBaasCalendarId: meeting.meetingBaasCalendarId,
    calendarEventId: meeting.calendarEventId,
    calendarProvider: meeting.calendarProvider,
    createdAt: meeting.createdAt,
    updatedAt: meeting.updatedAt,
    delivery,
    // The reason is the owner's own.
    hold: meeting.hold && { ...meeting.hold, reason: role === 'owner' ? meeting.hold.reason : null },
    dataState: dataStateOf(meeting),
    role,
    others,
    recordingHidden,
    recordingKind: artifacts?.video ? 'video' : artifacts?.audio ? 'audio' : null,
    error:
      code === null
        ? null
        : { code, message: errorMessage && withOwnLink(meeting, errorMessage), ...explainFailure(code) },
    waitingFor: dueAt === null ? null : lastProblem && withOwnLink(meeting, lastProblem),
  }
}

const nothingRecorded = { artifacts: null, participants: null, speakers: null, delivery: null }

/**
 * Whether a bot's recording is kept from a user who began to share it while it was recording. Looks at what was known
 * then, and at the bot's own clock, because news of the recording may have come later.
 */
export function hidesRecording(
  {
    sharedSince,
    sharedLate,
    recordingStartedAt,
  }: Pick<BotShare, 'sharedSince' | 'sharedLate'> & Pick<BotRun, 'recordingStartedAt'>,
  lateAccess: LateAccess,
): boolean {
  if (lateAccess === 'recording' || sharedSince === null) return false
  return sharedLate || (recordingStartedAt !== null && sharedSince > recordingStartedAt)
}

/** The vendor's messages may contain the link by which the bot joins, passcode included. */
export function withOwnLink({ joinUrl, meetingUrl }: OrderedBot & BotShare, text: string): string {
  return joinUrl === meetingUrl ? text : text.replaceAll(joinUrl, meetingUrl)
}
