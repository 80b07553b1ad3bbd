import type { LateAccess } from '../sharing/sharing.ts'
import { type BotView, type Seen, viewOf } from './bot-view.ts'
import { recordingPath } from './recording-path.ts'

export type BotJson = ReturnType<typeof botJson>

/**
 * A bot as the API, the feed and webhooks show it. Every field is named, because an object that begins with a spread
 * takes V8 ten times as long.
 * @param baseUrl the address of this installation, before the path of the recording
 */
export function botJson(seen: Seen, { lateAccess, baseUrl }: { lateAccess: LateAccess; baseUrl: string }) {
  const view: BotView = viewOf(seen, lateAccess)
  return {
    // First, because a stored snapshot begins with them (log/feed/stored-snapshot.ts).
    sharedWithOthers: view.others,
    recordingUrl: view.recordingKind && `${baseUrl}${recordingPath(view.id, view.recordingKind)}`,
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
    recordingHidden: view.recordingHidden,
    hold: view.hold,
    dataState: view.dataState,
    error: view.error,
    endInferred: view.endInferred,
    waitingFor: view.waitingFor,
    role: view.role,
    sharedSince: text(view.sharedSince),
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

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
