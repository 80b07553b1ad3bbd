/** Bots and their timelines as the API shows them. What a user may see of them is decided in core/meetings/views. */
import type { LogEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { LateAccess } from '@seer/core/meetings/sharing/sharing'
import { type Seen, viewOf } from '@seer/core/meetings/views/bot-view'
import { recordingPath } from '@seer/core/meetings/views/recording-path'
import { timelineViewOf } from '@seer/core/meetings/views/timeline-view'
import type { ApiDeps } from '../../dependencies.ts'
import type { Bot, TimelineEntry } from './bot-schema.ts'

/** Every field is named, because an object that begins with a spread takes V8 ten times as long. */
export function toBot(seen: Seen, { policy, options }: Pick<ApiDeps, 'policy' | 'options'>): Bot {
  const view = viewOf(seen, policy.lateAccess)
  return {
    id: view.id,
    meetingBaasId: view.meetingBaasId,
    meetingUrl: view.meetingUrl,
    platform: view.platform,
    botName: view.botName,
    botConfig: view.botConfig,
    extra: view.extra,
    joinAt: text(view.joinAt),
    state: view.state,
    processingStatus: view.state,
    run: view.run,
    participants: view.participants,
    speakers: view.speakers,
    durationSeconds: view.durationSeconds,
    delivery: view.delivery,
    recordingUrl: view.recordingKind && `${options.baseUrl}${recordingPath(view.id, view.recordingKind)}`,
    recordingHidden: view.recordingHidden,
    hold: view.hold,
    dataState: view.dataState,
    error: view.error,
    endInferred: view.endInferred,
    waitingFor: view.waitingFor,
    role: view.role,
    sharedSince: text(view.sharedSince),
    sharedWithOthers: view.others,
    meetingBaasCalendarId: view.meetingBaasCalendarId,
    calendarEventId: view.calendarEventId,
    calendarProvider: view.calendarProvider,
    joinedAt: text(view.joinedAt),
    recordingStartedAt: text(view.recordingStartedAt),
    exitedAt: text(view.exitedAt),
    endedAt: text(view.finalAt),
    leaveRequestedAt: text(view.leaveRequestedAt),
    createdAt: view.createdAt.toISOString(),
    updatedAt: view.updatedAt.toISOString(),
  }
}

export function toTimeline(meeting: Meeting, entries: LogEntry<'bot'>[], lateAccess: LateAccess): TimelineEntry[] {
  return timelineViewOf(meeting, entries, lateAccess).map(({ seq, type, occurredAt, recordedAt, cause, data }) => ({
    seq,
    type,
    occurredAt: occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    cause,
    data,
  }))
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
