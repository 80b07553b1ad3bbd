import type { LogEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { SeenMeeting } from '@seer/core/meetings/meeting-store'
import { hidesRecording, type LateAccess } from '@seer/core/meetings/sharing/sharing'
import type { Bot, TimelineEntry } from './bot-schema.ts'

/** A bot as one of its users sees it; `left` of one that the user has given up with this request. */
export function toBot(
  { meeting, role, others }: Omit<SeenMeeting, 'role'> & { role: SeenMeeting['role'] | 'left' },
  lateAccess: LateAccess,
): Bot {
  const { state } = meeting
  const recordingHidden = hidesRecording(meeting, lateAccess)
  const own = (message: string | null) => message && withOwnLink(meeting, message)
  const { artifacts, participants, speakers } = recordingHidden ? nothingRecorded : meeting
  return {
    id: meeting.id,
    meetingBaasId: meeting.meetingBaasId,
    meetingUrl: meeting.meetingUrl,
    platform: meeting.platform,
    botName: meeting.botName,
    botConfig: meeting.botConfig,
    extra: meeting.extra,
    joinAt: text(meeting.joinAt),
    state,
    processingStatus: state,
    run: meeting.run,
    recordingUrl: artifacts?.video ?? artifacts?.audio ?? null,
    artifacts: artifacts && {
      video: artifacts.video,
      audio: artifacts.audio,
      transcription: artifacts.transcription,
      rawTranscription: artifacts.rawTranscription,
      diarization: artifacts.diarization,
    },
    artifactsExpireAt: artifacts && text(meeting.artifactsExpireAt),
    participants,
    speakers,
    durationSeconds: meeting.durationSeconds,
    joinedAt: text(meeting.joinedAt),
    recordingStartedAt: text(meeting.recordingStartedAt),
    exitedAt: text(meeting.exitedAt),
    endedAt: text(meeting.finalAt),
    error: meeting.errorCode === null ? null : { code: meeting.errorCode, message: own(meeting.errorMessage) },
    endInferred: meeting.endInferred,
    waitingFor: meeting.dueAt === null ? null : own(meeting.lastProblem),
    role,
    sharedSince: text(meeting.sharedSince),
    sharedWithOthers: others,
    recordingHidden,
    leaveRequestedAt: text(meeting.leaveRequestedAt),
    meetingBaasCalendarId: meeting.meetingBaasCalendarId,
    calendarEventId: meeting.calendarEventId,
    calendarProvider: meeting.calendarProvider,
    createdAt: meeting.createdAt.toISOString(),
    updatedAt: meeting.updatedAt.toISOString(),
  }
}

const nothingRecorded = { artifacts: null, participants: null, speakers: null }

/** A timeline as one of the bot's users sees it: without the events of others, and without what is kept from latecomers. */
export function toTimeline(meeting: Meeting, entries: LogEntry<'bot'>[], lateAccess: LateAccess): TimelineEntry[] {
  const isHidden = hidesRecording(meeting, lateAccess)
  return entries.map(({ seq, type, occurredAt, recordedAt, cause, data }) => ({
    seq,
    type,
    occurredAt: occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    cause,
    data: isHidden ? {} : asSeen(meeting, data),
  }))
}

/** Without the events and links of others; older versions wrote down the link by which a bot joined. */
function asSeen(
  meeting: Meeting,
  { calendarEventId, meetingUrl: _link, ...rest }: LogEntry<'bot'>['data'],
): LogEntry<'bot'>['data'] {
  const isOwn = calendarEventId !== undefined && calendarEventId === meeting.calendarEventId
  return JSON.parse(withOwnLink(meeting, JSON.stringify(isOwn ? { calendarEventId, ...rest } : rest)))
}

/** The vendor's messages may name the link by which the bot joins, passcode and all. */
function withOwnLink({ joinUrl, meetingUrl }: Meeting, text: string): string {
  return joinUrl === meetingUrl ? text : text.replaceAll(joinUrl, meetingUrl)
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
