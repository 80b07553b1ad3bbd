import type { TimelineEntry as Entry, Meeting } from '@seer/core/bots/meeting'
import type { Bot, TimelineEntry } from './bot-schema.ts'

export function toBot(meeting: Meeting): Bot {
  const { artifacts, state } = meeting
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
    artifactsExpireAt: text(meeting.artifactsExpireAt),
    participants: meeting.participants,
    speakers: meeting.speakers,
    durationSeconds: meeting.durationSeconds,
    joinedAt: text(meeting.joinedAt),
    recordingStartedAt: text(meeting.recordingStartedAt),
    exitedAt: text(meeting.exitedAt),
    endedAt: text(meeting.finalAt),
    error: meeting.errorCode === null ? null : { code: meeting.errorCode, message: meeting.errorMessage },
    waitingFor: state === 'pending' ? meeting.lastProblem : null,
    leaveRequestedAt: text(meeting.leaveRequestedAt),
    meetingBaasCalendarId: meeting.meetingBaasCalendarId,
    calendarEventId: meeting.calendarEventId,
    calendarProvider: meeting.calendarProvider,
    createdAt: meeting.createdAt.toISOString(),
    updatedAt: meeting.updatedAt.toISOString(),
  }
}

export function toTimelineEntry({ seq, type, occurredAt, recordedAt, cause, data }: Entry): TimelineEntry {
  return { seq, type, occurredAt: occurredAt.toISOString(), recordedAt: recordedAt.toISOString(), cause, data }
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
