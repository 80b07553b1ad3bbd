/** Bots and their timelines as the API shows them. What a user may see of them is decided in core/meetings/views. */
import type { LogEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { LateAccess } from '@seer/core/meetings/sharing/sharing'
import { type Seen, viewOf } from '@seer/core/meetings/views/bot-view'
import { recordingPath } from '@seer/core/meetings/views/recording-path'
import { timelineViewOf } from '@seer/core/meetings/views/timeline-view'
import type { ApiDeps } from '../../dependencies.ts'
import type { Bot, TimelineEntry } from './bot-schema.ts'

export function toBot(seen: Seen, { policy, options }: Pick<ApiDeps, 'policy' | 'options'>): Bot {
  const { others, finalAt, recordingKind, ...view } = viewOf(seen, policy.lateAccess)
  return {
    ...view,
    processingStatus: view.state,
    joinAt: text(view.joinAt),
    recordingUrl: recordingKind && `${options.baseUrl}${recordingPath(view.id, recordingKind)}`,
    joinedAt: text(view.joinedAt),
    recordingStartedAt: text(view.recordingStartedAt),
    exitedAt: text(view.exitedAt),
    endedAt: text(finalAt),
    sharedSince: text(view.sharedSince),
    sharedWithOthers: others,
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
