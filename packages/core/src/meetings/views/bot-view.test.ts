import { describe, expect, test } from 'vitest'
import { aMeeting, at } from '../../../testing/meetings/builders.ts'
import { nothingDelivered } from '../delivery/facts-of-run.ts'
import type { Meeting, Subscriber } from '../meeting.ts'
import { seenBy } from '../sharing/share-bot.ts'
import type { LateAccess } from '../sharing/sharing.ts'
import { type Seen, viewOf } from './bot-view.ts'
import { timelineViewOf } from './timeline-view.ts'

const joinUrl = 'https://zoom.us/j/91234567890?pwd=secret'
const people = [{ name: 'Ines', id: null, displayName: null }]
const artifacts = {
  video: 'https://files.test/v',
  audio: null,
  diarization: null,
  transcription: 't',
  rawTranscription: null,
  chat: null,
}

const delivery = nothingDelivered(aMeeting())

/** Recorded from minute 5 on, for an event of its owner, by a link with a passcode that others gave. */
const meeting: Meeting = aMeeting({
  userId: 'ines',
  state: 'completed',
  joinUrl,
  meetingUrl: 'https://zoom.us/j/91234567890',
  extra: { of: 'ines' },
  calendarEventId: 'event of ines',
  recordingStartedAt: at(5),
  finalAt: at(60),
  artifacts,
  artifactsExpireAt: at(600),
  delivery,
  participants: people,
  speakers: people,
  errorCode: 'STREAMING_SETUP_FAILED',
  errorMessage: `Could not stream from ${joinUrl}.`,
  lastProblem: `VENDOR_UNAVAILABLE: ${joinUrl}`,
  dueAt: at(70),
})
const share: Subscriber = {
  userId: 'bo',
  meetingUrl: 'https://acme.zoom.us/j/91234567890',
  sharedSince: at(1),
  sharedLate: false,
  extra: { of: 'bo' },
  meetingBaasCalendarId: null,
  calendarEventId: 'event of bo',
  calendarProvider: 'google',
  eventStartsAt: at(0),
  eventEndsAt: at(60),
}
const sharedBy = (changes: Partial<Subscriber>): Seen => ({
  meeting: seenBy(meeting, { ...share, ...changes }),
  role: 'subscriber',
  others: 1,
})

const owner: Seen = { meeting, role: 'owner', others: 1 }
const early = sharedBy({})
/** Known to come late when the share was made. */
const late = sharedBy({ sharedSince: at(9), sharedLate: true })
/** Word of the recording came after the share. */
const lateByTheClock = sharedBy({ sharedSince: at(9) })
const left: Seen = { ...early, role: 'left', others: 0 }

describe('what a bot recorded', () => {
  test.each<[string, Seen, LateAccess]>([
    ['its owner', owner, 'status'],
    ['one who shared it before it recorded', early, 'status'],
    ['one who has just given it up', left, 'status'],
    ['one who came late, where latecomers see recordings', late, 'recording'],
  ])('is shown to %s', (_who, seen, lateAccess) => {
    const { role, others } = seen
    const recorded = { participants: people, speakers: people, delivery }
    const view = { role, others, ...recorded, recordingKind: 'video', recordingHidden: false }
    expect(viewOf(seen, lateAccess)).toMatchObject(view)
  })

  test.each<[string, Seen]>([
    ['one who came late', late],
    ['one who came late by the clock of the bot', lateByTheClock],
  ])('is not shown to %s, where latecomers see only the state of the bot', (_who, seen) => {
    const nothing = { participants: null, speakers: null, delivery: null, recordingKind: null }
    expect(viewOf(seen, 'status')).toMatchObject({ ...nothing, recordingHidden: true, state: 'completed' })
  })
})

test.each<[string, Seen, string]>([
  ['ines', owner, 'https://zoom.us/j/91234567890'],
  ['bo', early, 'https://acme.zoom.us/j/91234567890'],
  ['bo', left, 'https://acme.zoom.us/j/91234567890'],
])(
  '%s has a link, an event and data of their own, and sees the passcode of others nowhere',
  (name, seen, meetingUrl) => {
    const view = viewOf(seen, 'recording')
    expect(view).toMatchObject({ meetingUrl, extra: { of: name }, calendarEventId: `event of ${name}` })
    expect(view.error).toMatchObject({
      code: 'STREAMING_SETUP_FAILED',
      message: `Could not stream from ${meetingUrl}.`,
    })
    expect(view.waitingFor).toBe(`VENDOR_UNAVAILABLE: ${meetingUrl}`)
    expect(JSON.stringify(view)).not.toContain('secret')
  },
)

test('nobody sees who owns the bot, or the data of its jobs', () => {
  const view = viewOf(owner, 'recording')
  for (const field of [
    'userId',
    'artifacts',
    'artifactsExpireAt',
    'collected',
    'joinUrl',
    'joinKey',
    'version',
    'leaseUntil',
    'dueAt',
    'lastProblem',
    'sharedLate',
  ])
    expect(view).not.toHaveProperty(field)
})

test('the audio is the recording where there is no video, and nothing is waited for when nothing is owed', () => {
  const onlyAudio = { ...artifacts, video: null, audio: 'https://files.test/a' }
  const seen = { ...owner, meeting: { ...meeting, artifacts: onlyAudio, dueAt: null, errorCode: null } }
  expect(viewOf(seen, 'status')).toMatchObject({
    recordingKind: 'audio',
    waitingFor: null,
    error: null,
  })
})

describe('the timeline', () => {
  const entries = [
    { seq: 1, data: { calendarEventId: 'event of ines', meetingUrl: joinUrl, joinAt: null } },
    { seq: 2, data: { calendarEventId: 'event of bo' } },
    { seq: 3, data: { text: `Come to ${joinUrl}` } },
  ]
  const [booked, shared, said] = [{ joinAt: null }, {}, { text: 'Come to https://acme.zoom.us/j/91234567890' }]

  test.each<[string, Seen, LateAccess, object[]]>([
    [
      'its owner: their own event',
      owner,
      'status',
      [{ joinAt: null, calendarEventId: 'event of ines' }, {}, { text: 'Come to https://zoom.us/j/91234567890' }],
    ],
    ['one who shares it: their own event', early, 'status', [booked, { calendarEventId: 'event of bo' }, said]],
    ['one who came late: the same', late, 'recording', [booked, { calendarEventId: 'event of bo' }, said]],
    ['one from whom the recording is kept: that something happened', late, 'status', [shared, {}, {}]],
  ])('shows %s', (_who, { meeting: seen }, lateAccess, data) => {
    const shown = timelineViewOf(seen, entries, lateAccess)
    expect(shown.map((entry) => entry.data)).toEqual(data)
    expect(shown.map(({ seq }) => seq)).toEqual([1, 2, 3])
  })
})
