import type { LogEntry } from '../../log/entry.ts'
import type { Meeting } from '../meeting.ts'
import type { LateAccess } from '../sharing/sharing.ts'
import { hidesRecording, withOwnLink } from './bot-view.ts'

/**
 * Entries of a bot's timeline as one of its users sees them. Every user sees all entries: what happened, when, and who
 * reported it. The data leave out other users' events and links. A user from whom the recording is kept sees no data,
 * because chat and results are in the data.
 * @param meeting as the user sees it, see `Seen`
 */
export function timelineViewOf<Entry extends Pick<LogEntry<'bot'>, 'data'>>(
  meeting: Meeting,
  entries: readonly Entry[],
  lateAccess: LateAccess,
): Entry[] {
  const isHidden = hidesRecording(meeting, lateAccess)
  return entries.map((entry) => ({ ...entry, data: isHidden ? {} : asSeen(meeting, entry.data) }))
}

/** Older versions wrote down the link by which a bot joined. */
function asSeen(meeting: Meeting, { calendarEventId, meetingUrl: _link, ...rest }: LogEntry<'bot'>['data']) {
  const isOwn = calendarEventId !== undefined && calendarEventId === meeting.calendarEventId
  return JSON.parse(withOwnLink(meeting, JSON.stringify(isOwn ? { calendarEventId, ...rest } : rest)))
}
