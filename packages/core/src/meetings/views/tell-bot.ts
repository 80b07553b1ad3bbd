import { toStoredSnapshot } from '../../log/feed/stored-snapshot.ts'
import type { Reader, Told } from '../../log/readers.ts'
import type { BotShare, Meeting } from '../meeting.ts'
import type { MeetingChange } from '../meeting-store.ts'
import { botJson } from './bot-json.ts'

type Change = Pick<MeetingChange, 'before' | 'next' | 'subscribe' | 'unsubscribe'>

/**
 * What the log keeps of a bot with the entries of a change: its snapshot, and who may see them. Other users who share the
 * bot already are added by the statement that writes them.
 * @param at when it is written
 */
export function tellBot({ before, next, subscribe, unsubscribe }: Change, at: Date): Told {
  // Which latecomers see the recording is a setting, so that is decided when the event is read (event-view.ts).
  const bot = botJson({ meeting: next, role: 'owner', others: 0 }, { lateAccess: 'recording', baseUrl: '' })
  bot.updatedAt = at.toISOString()
  const others: Reader[] = []
  if (before.userId !== next.userId) others.push(readerOf(before, next.joinUrl, 'left'))
  if (subscribe) others.push(readerOf(subscribe, next.joinUrl, 'subscriber'))
  const owner = ownerOf(next)
  const isAlone = others.length === 0 && !('joinUrl' in owner)
  return {
    snapshot: toStoredSnapshot(bot, ['participants', 'speakers', 'extra']),
    ownerId: next.userId,
    readers: isAlone ? null : [owner, ...others],
    gone: unsubscribe ?? null,
  }
}

/** An owner sees the snapshot as it is, unless the bot joins by a link of somebody else, or was somebody else's before. */
function ownerOf(meeting: Meeting): Reader {
  const isPlain = meeting.joinUrl === meeting.meetingUrl && meeting.sharedSince === null
  return isPlain ? { userId: meeting.userId, role: 'owner' } : readerOf(meeting, meeting.joinUrl, 'owner')
}

function readerOf(share: BotShare, joinUrl: string, role: Reader['role']): Reader {
  return {
    userId: share.userId,
    role,
    joinUrl,
    meetingUrl: share.meetingUrl,
    sharedSince: share.sharedSince?.toISOString() ?? null,
    sharedLate: share.sharedLate,
    extra: share.extra,
    meetingBaasCalendarId: share.meetingBaasCalendarId,
    calendarEventId: share.calendarEventId,
    calendarProvider: share.calendarProvider,
  }
}
