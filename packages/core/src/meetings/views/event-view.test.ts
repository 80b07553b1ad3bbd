import { describe, expect, test } from 'vitest'
import { aMeeting, at } from '../../../testing/meetings/builders.ts'
import type { FeedEvent } from '../../log/feed/feed-event.ts'
import type { Reader } from '../../log/readers.ts'
import { nothingDelivered } from '../delivery/facts-of-run.ts'
import type { Meeting, Subscriber } from '../meeting.ts'
import { seenBy } from '../sharing/share-bot.ts'
import { type LateAccess, lateAccesses } from '../sharing/sharing.ts'
import { botJson } from './bot-json.ts'
import { showEvent } from './event-view.ts'
import { tellBot } from './tell-bot.ts'

const baseUrl = 'https://seer.test'
const joinUrl = 'https://zoom.us/j/91234567890?pwd=secret'
const people = [{ name: 'Ines', id: null, displayName: null }]
const links = { video: 'v', audio: null, diarization: null, transcription: 't', rawTranscription: null, chat: null }

/** Recorded from minute 5 on, by the link of its owner. */
const plain: Meeting = aMeeting({
  ...{ userId: 'ines', state: 'completed', joinUrl, meetingUrl: joinUrl, extra: { of: 'ines' } },
  ...{ calendarEventId: 'event of ines', recordingStartedAt: at(5), finalAt: at(60), artifacts: links },
  ...{ delivery: nothingDelivered(aMeeting()), participants: people, speakers: people },
  ...{ errorCode: 'STREAMING_SETUP_FAILED', errorMessage: `Could not stream from ${joinUrl}.` },
  ...{
    lastProblem: `VENDOR_UNAVAILABLE: ${joinUrl}`,
    dueAt: at(70),
    hold: { since: at(61).toISOString(), reason: 'law' },
  },
})
const share: Subscriber = {
  ...{ userId: 'bo', meetingUrl: 'https://acme.zoom.us/j/91234567890', sharedSince: at(1), sharedLate: false },
  ...{ extra: { of: 'bo' }, meetingBaasCalendarId: 'calendar of bo', calendarEventId: 'event of bo' },
  ...{ calendarProvider: 'google', eventStartsAt: at(0), eventEndsAt: at(60) },
}

type Told = { meeting: Meeting; data?: object; subscribe?: Subscriber }

/** The event of a change as one of its readers gets it. */
function seenEvent(
  { meeting, data = {}, subscribe }: Told,
  reader: string,
  lateAccess: LateAccess = 'status',
  inDatabase = (time: string) => time,
) {
  const told = tellBot({ before: meeting, next: meeting, ...(subscribe ? { subscribe } : {}) }, meeting.updatedAt)
  const readers = told.readers ?? [{ userId: told.ownerId, role: 'owner' }]
  const own = readers.find(({ userId }) => userId === reader) as Reader
  const event: FeedEvent = {
    ...{ position: 7, type: 'chat_message', subject: { kind: 'bot', id: meeting.id, seq: 3 }, cause: 'webhook' },
    ...{ occurredAt: at(2), recordedAt: at(3), data: JSON.stringify(data), snapshot: told.snapshot, others: 1 },
    share:
      'joinUrl' in own ? { ...own, sharedSince: own['sharedSince'] && inDatabase(own['sharedSince'] as string) } : null,
  }
  return JSON.parse(showEvent(event, { baseUrl, lateAccess }))
}

test('an event says what happened, to what, when and why', () => {
  expect(seenEvent({ meeting: plain, data: { text: 'hello' } }, 'ines')).toEqual({
    id: `evt_bot_${plain.id}_3`,
    position: 7,
    type: 'chat_message',
    subject: { kind: 'bot', id: plain.id, seq: 3 },
    occurredAt: at(2).toISOString(),
    recordedAt: at(3).toISOString(),
    cause: 'webhook',
    data: { text: 'hello' },
    snapshot: expect.objectContaining({ id: plain.id }),
  })
})

describe.each(lateAccesses)('where latecomers see the %s, the snapshot is what the API shows', (lateAccess) => {
  const shown = (seen: Parameters<typeof botJson>[0]) =>
    JSON.parse(JSON.stringify(botJson(seen, { lateAccess, baseUrl })))
  const moved = { ...plain, meetingUrl: 'https://zoom.us/j/91234567890' }
  const handedOver = { ...plain, ...share, sharedSince: at(9) }

  test.each([
    ['an owner', plain],
    ['an owner whose bot joins by the link of somebody else', moved],
    ['an owner who was handed the bot', handedOver],
    ['an owner who came late before', { ...handedOver, sharedSince: at(1), sharedLate: true }],
  ])('%s', (_who, meeting) => {
    const { snapshot } = seenEvent({ meeting }, meeting.userId, lateAccess)
    expect(snapshot).toEqual(shown({ meeting, role: 'owner', others: 1 }))
  })

  test.each([
    ['one who shares it', plain, share],
    ['one who shares a bot that joins by the link of somebody else', moved, share],
    ['one who came late', plain, { ...share, sharedSince: at(9) }],
    ['one who came late, as was known then', plain, { ...share, sharedLate: true }],
  ])('%s', (_who, meeting, subscribe) => {
    const { snapshot } = seenEvent({ meeting, subscribe }, 'bo', lateAccess)
    expect(snapshot).toEqual(shown({ meeting: seenBy(meeting, subscribe), role: 'subscriber', others: 1 }))
    expect(JSON.stringify(snapshot)).not.toContain('secret')
  })
})

test('the data name only events of the reader, and only the link that the reader knows', () => {
  const told = {
    meeting: plain,
    subscribe: share,
    data: { calendarEventId: 'event of ines', text: `Come to ${joinUrl}` },
  }
  expect(seenEvent(told, 'ines').data).toEqual(told.data)
  expect(seenEvent(told, 'bo').data).toEqual({ text: `Come to ${share.meetingUrl}` })
  expect(seenEvent({ ...told, data: { calendarEventId: 'event of bo' } }, 'ines').data).toEqual({})
  expect(seenEvent({ ...told, data: { calendarEventId: 'event of bo' } }, 'bo').data).toEqual({
    calendarEventId: 'event of bo',
  })
})

test('a share whose times are written as the database writes them is the same', () => {
  const told = { meeting: plain, subscribe: { ...share, sharedSince: at(5) } }
  const { snapshot } = seenEvent(told, 'bo', 'status', (time) => time.replace('.000Z', '+00:00'))
  expect(snapshot).toMatchObject({ sharedSince: at(5).toISOString(), recordingHidden: false, participants: people })
})

test('whoever came late gets no data where latecomers see only the state', () => {
  const told = { meeting: plain, subscribe: { ...share, sharedLate: true }, data: { text: 'hello' } }
  expect(seenEvent(told, 'bo').data).toEqual({})
  expect(seenEvent(told, 'bo', 'recording').data).toEqual({ text: 'hello' })
})
