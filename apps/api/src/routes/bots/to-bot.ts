/** Bots and their timelines as the API shows them. What a user may see of them is decided in core/meetings/views. */
import type { LogEntry } from '@seer/core/log/entry'
import type { Meeting } from '@seer/core/meetings/meeting'
import type { LateAccess } from '@seer/core/meetings/sharing/sharing'
import { botJson } from '@seer/core/meetings/views/bot-json'
import type { Seen } from '@seer/core/meetings/views/bot-view'
import { timelineViewOf } from '@seer/core/meetings/views/timeline-view'
import type { ApiDeps } from '../../dependencies.ts'
import type { Bot, TimelineEntry } from './bot-schema.ts'

export function toBot(seen: Seen, { policy, options }: Pick<ApiDeps, 'policy' | 'options'>): Bot {
  return botJson(seen, { lateAccess: policy.lateAccess, baseUrl: options.baseUrl })
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
