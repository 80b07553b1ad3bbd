import { readdirSync, readFileSync } from 'node:fs'
import type { WebhookReading, WebhookScheme } from '@seer/core/vendor/webhook-reader'
import { describe, expect, test } from 'vitest'
import { openWebhookReader } from './open-webhook-reader.ts'

const reader = openWebhookReader({ signingSecrets: [], callbackSecrets: [], apiKey: null, verification: 'required' })

const bot = 'a3d95c20-4f1b-4e87-9b06-7d2c81f0e5a4'
const otherBot = 'd60f8b17-92ce-4a35-8e41-05b7c3a9f26d'
const meetingId = '0f5e2c71-9b34-4d68-8a1f-c7d3e6b05942'
const calendarId = '84e7d1a9-63f0-4b2c-a58d-1c09f6b7e340'
const folder = new URL('./fixtures/', import.meta.url)
const fixture = (name: string) => readFileSync(new URL(`${name}.json`, folder), 'utf8')

const status = (code: string, at: string, more = {}) => ({
  kind: 'status',
  code,
  at: new Date(at),
  message: null,
  recordingStartedAt: null,
  ...more,
})
const link = (file: string) =>
  `https://files.example.test/${bot}/${file}?X-Amz-Date=20260709T150412Z&X-Amz-Expires=14400&X-Amz-Signature=e27b90`
const maren = { name: 'Maren Lindqvist', id: '1', displayName: 'Maren' }
const joao = { name: 'Joao Adeyemi', id: '2', displayName: null }
const completed = {
  kind: 'completed',
  at: new Date('2026-07-09T15:04:12.377Z'),
  joinedAt: new Date('2026-07-09T14:00:05Z'),
  exitedAt: new Date('2026-07-09T14:52:06Z'),
  durationSeconds: 2894,
  artifacts: {
    video: link('output.mp4'),
    audio: link('output.flac'),
    diarization: link('diarization.jsonl'),
    transcription: link('output_transcription.json'),
    rawTranscription: link('raw_transcription.json'),
    chat: null,
  },
  artifactsExpireAt: new Date('2026-07-09T19:04:12Z'),
  participants: [maren, joao, { name: 'Meeting room 4', id: null, displayName: null }],
  speakers: [maren, joao],
}
const refused = {
  kind: 'failed',
  at: new Date('2026-07-09T14:12:12.480Z'),
  code: 'BOT_NOT_ACCEPTED',
  message: 'The host did not let the bot in.',
  results: null,
}
const planning = '71b2e94f-0a6d-4c58-b3f7-e98d40c61a25'
const planningLater = '2f8c06d3-b5a1-4d79-86e0-c4170f9b3e58'
const calendar = { kind: 'calendar', calendarId }
const events = (eventIds: string[]) => ({ ...calendar, about: 'events', eventIds, businessKey: null })
const connection = (businessKey: string | null) => ({ ...calendar, about: 'connection', eventIds: [], businessKey })

/** What each of the vendor's sample webhooks means. */
const readings: Record<string, object> = {
  'v1.bot.status_change.in_call_recording': {
    businessKey: `bot.status_change:${bot}:in_call_recording:2026-07-09T14:00:31.902Z`,
    meetingId: null,
    fact: status('in_call_recording', '2026-07-09T14:00:31.902Z', {
      recordingStartedAt: new Date('2026-07-09T14:00:31.902Z'),
    }),
  },
  'v1.bot.status_change.joining_call': { fact: status('joining_call', '2026-07-09T13:58:07.214Z') },
  'v1.bot.status_change.meeting_error': {
    fact: status('meeting_error', '2026-07-09T14:00:31.902Z', { message: 'The page froze' }),
  },
  'v1.calendar.sync_events': {
    ...events([planning, planningLater]),
    businessKey: `calendar.sync_events:${calendarId}:2026-07-09T09:15:00.000Z`,
  },
  'v1.complete': {
    kind: 'bot',
    source: 'v1_webhook',
    botId: bot,
    meetingId,
    businessKey: null,
    fact: {
      ...{ kind: 'completed', at: null, joinedAt: null, exitedAt: null, durationSeconds: null, participants: [] },
      artifacts: {
        video: 'https://files.example.test/v1/output.mp4?X-Amz-Signature=c4',
        audio: 'https://files.example.test/v1/output.wav?X-Amz-Signature=c5',
        ...{ diarization: null, transcription: null, rawTranscription: null, chat: null },
      },
      artifactsExpireAt: null,
      speakers: [
        { ...maren, id: null, displayName: null },
        { ...joao, id: null },
      ],
    },
    transcript: [{ speaker: 'Maren Lindqvist', words: [{ word: 'Let' }, { word: 'us' }] }],
  },
  'v1.failed': { businessKey: `failed:${otherBot}`, botId: otherBot, fact: { ...refused, at: null } },
  'v1.transcription_complete': { businessKey: null, fact: { kind: 'result', at: null, result: 'transcript' } },
  'v2.alert-callback': { kind: 'unknown', eventType: 'alert.webhook_delivery_exhausted', botId: null },
  'v2.bot.chat_message': {
    meetingId,
    businessKey: `bot.chat_message:${bot}:spaces/Kx2v/messages/1783605842100`,
    fact: {
      kind: 'chat_message',
      at: new Date('2026-07-09T14:07:22.640Z'),
      messageId: 'spaces/Kx2v/messages/1783605842100',
      sender: 'Joao Adeyemi',
      text: 'The numbers are in the shared folder',
    },
  },
  'v2.bot.completed': { meetingId, source: 'v2_webhook', businessKey: null, fact: completed },
  'v2.bot.completed.audio-only-no-transcription': {
    meetingId: null,
    fact: {
      ...completed,
      ...{ durationSeconds: 0, participants: [], speakers: [] },
      artifacts: {
        ...{ video: null, diarization: null, transcription: null, rawTranscription: null, chat: null },
        audio: link('output.flac'),
      },
    },
  },
  'v2.bot.failed': { botId: otherBot, meetingId: null, businessKey: `bot.failed:${otherBot}`, fact: refused },
  'v2.bot.failed.pre-record-stop': {
    meetingId,
    fact: { code: 'EXITING_MEETING_BEFORE_RECORD', message: 'The caller ended it before anything was recorded.' },
  },
  'v2.bot.status_change.in_call_recording': {
    meetingId,
    fact: status('in_call_recording', '2026-07-09T14:00:31.902Z', {
      recordingStartedAt: new Date('2026-07-09T14:00:31Z'),
    }),
  },
  'v2.bot.status_change.joining_call': { meetingId, fact: status('joining_call', '2026-07-09T13:58:07.214Z') },
  'v2.bot.status_change.recording_failed': {
    fact: status('recording_failed', '2026-07-09T14:12:10.050Z', { message: 'Nobody opened the door in time.' }),
  },
  'v2.bot.status_change.retrying': {
    fact: status('retrying', '2026-07-09T14:02:44Z', { message: 'Attempt 2 of 5.' }),
  },
  'v2.calendar.connection_created': connection(`calendar.connection_created:${calendarId}:2026-06-30T08:11:00.000Z`),
  'v2.calendar.connection_deleted': connection(`calendar.connection_deleted:${calendarId}:2026-07-18T06:00:00.000Z`),
  'v2.calendar.connection_error': connection(null),
  'v2.calendar.connection_updated': connection(`calendar.connection_updated:${calendarId}:2026-07-07T19:40:21.300Z`),
  'v2.calendar.event_cancelled': events([planningLater]),
  'v2.calendar.event_created': events([planning]),
  'v2.calendar.event_updated': events([planningLater]),
  'v2.calendar.events_synced': events([]),
  'v2.callback.completed': { source: 'v2_callback', businessKey: null, fact: completed },
  'v2.callback.failed': { source: 'v2_callback', businessKey: `bot.failed:${otherBot}`, fact: refused },
}

function schemeOf(name: string): WebhookScheme {
  if (name.startsWith('v1')) return 'api_key'
  return name.includes('callback') ? 'callback_secret' : 'svix'
}

describe('samples of the vendor', () => {
  test.each(Object.entries(readings))('%s', (name, expected) => {
    expect(reader.read(fixture(name), schemeOf(name))).toMatchObject(expected)
  })

  test('are all in the list above', () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(readings)
        .map((name) => `${name}.json`)
        .sort(),
    )
  })

  test('are read the same when they are read again from the inbox', () => {
    for (const name of Object.keys(readings)) {
      const reading = reader.read(fixture(name), schemeOf(name))
      const source = 'source' in reading ? reading.source : ''
      expect(reader.reread(fixture(name), source)).toEqual(reading)
    }
  })
})

describe('the events of the integration guide', () => {
  const time = '2026-07-09T14:01:00.000Z'
  const at = new Date(time)
  const entered = status('in_call_not_recording', time)
  const facts: Record<string, object> = {
    bot_waiting_room: status('in_waiting_room', time),
    bot_admitted: entered,
    bot_join_call: entered,
    bot_leave_call: status('call_ended', time),
    recording_ready: { kind: 'result', at, result: 'recording' },
    transcript_ready: { kind: 'result', at, result: 'transcript' },
    bot_error: { kind: 'failed', at, code: 'BOT_NOT_ACCEPTED', message: 'No.', results: null },
  }

  test.each(Object.entries(facts))('%s', (name, fact) => {
    const data = { error_code: 'BotNotAccepted', message: 'No.', extra: { seer_meeting_id: meetingId.toUpperCase() } }
    const expected = { kind: 'bot', source: 'guide', eventType: name, botId: bot, meetingId, fact }
    const businessKey = `${name}:${bot}:${time}`
    const bodies = [
      { event: name, bot_id: bot, data, timestamp: time },
      { event_type: name, data: { ...data, bot_id: bot }, timestamp: at.getTime() },
      { event_type: name, bot_id: bot, extra: data.extra, data, timestamp: at.getTime() / 1_000 },
    ]
    for (const body of bodies) {
      expect(reader.read(JSON.stringify(body), 'svix')).toEqual({ ...expected, businessKey })
    }
  })

  test('need neither data nor a time', () => {
    const reading = reader.read(JSON.stringify({ event: 'bot_error', bot_id: bot }), 'none')
    expect(reading).toMatchObject({ businessKey: `bot_error:${bot}`, fact: { at: null, code: 'UNKNOWN_ERROR' } })
  })
})

describe('our meeting id', () => {
  const read = (extra: unknown, inner: unknown) => {
    const event = JSON.parse(fixture('v2.bot.status_change.joining_call'))
    const reading = reader.read(JSON.stringify({ ...event, extra, data: { ...event.data, extra: inner } }), 'svix')
    return 'meetingId' in reading ? reading.meetingId : reading
  }

  test('is found beside the data or inside it', () => {
    expect(read({ seer_meeting_id: meetingId }, undefined)).toBe(meetingId)
    expect(read(null, { seer_meeting_id: meetingId })).toBe(meetingId)
  })

  test.each([['not a uuid'], [''], [42], [null], [`${meetingId}\n`], [{ id: meetingId }]])('is not %j', (id) => {
    expect(read({ seer_meeting_id: id }, undefined)).toBeNull()
  })

  test('is not found in inherited properties', () => {
    const event = JSON.parse(fixture('v2.bot.status_change.joining_call'))
    const body = JSON.stringify({ ...event, extra: 0 }).replace(
      '"extra":0',
      `"extra":{"__proto__":{"seer_meeting_id":"${meetingId}"}}`,
    )
    expect(reader.read(body, 'svix')).toMatchObject({ kind: 'bot', meetingId: null })
    expect(({} as { seer_meeting_id?: string }).seer_meeting_id).toBeUndefined()
  })
})

describe('the reader', () => {
  test('keeps unknown events with their bot id', () => {
    const body = { event: 'bot.levitating', data: { bot_id: bot, extra: { seer_meeting_id: meetingId } } }
    expect(reader.read(JSON.stringify(body), 'svix')).toEqual({
      ...{ kind: 'unknown', source: 'v2_webhook', eventType: 'bot.levitating', botId: bot, meetingId },
      businessKey: null,
    })
  })

  test.each(['constructor', '__proto__', 'toString'])('treats the event name %s as unknown', (event) => {
    expect(reader.read(JSON.stringify({ event, data: [] }), 'svix')).toMatchObject({ kind: 'unknown', botId: null })
  })

  test('passes on unknown status codes and keys', () => {
    const body = { event: 'bot.status_change', data: { bot_id: bot, status: { code: 'DANCING', mood: 9 }, new: {} } }
    expect(reader.read(JSON.stringify(body), 'svix')).toMatchObject({
      ...{ kind: 'bot', businessKey: null, fact: { code: 'DANCING', at: null } },
    })
  })

  test('accepts a final event without artifacts, and the older name of the video', () => {
    const final = (data: object) =>
      reader.read(JSON.stringify({ event: 'bot.completed', data: { bot_id: bot, ...data } }), 'svix')
    expect(final({})).toMatchObject({ fact: { artifacts: { video: null }, artifactsExpireAt: null, speakers: [] } })
    const mp4 = 'https://files.example.test/a.mp4'
    expect(final({ mp4, sent_at: '2026-07-09T15:00:00Z' })).toMatchObject({
      fact: { artifacts: { video: mp4 }, artifactsExpireAt: new Date('2026-07-09T19:00:00Z') },
    })
  })

  test('shortens the texts of people, and replaces characters that PostgreSQL cannot store', () => {
    const text = `a\u0000b\ud800c${'x'.repeat(6_000)}`
    const data = { bot_id: bot, message_id: 'm1', sender_name: null, text }
    const reading = reader.read(JSON.stringify({ event: 'bot.chat_message', data }), 'svix')
    expect(reading).toMatchObject({ fact: { sender: '', text: expect.stringMatching(/^a\ufffdb\ufffdcx+…$/) } })
    expect(reading.kind === 'bot' && reading.fact.kind === 'chat_message' && reading.fact.text.length).toBe(5_000)
  })
})

describe('the events that a calendar webhook names', () => {
  const eventIds = (event: string, list: string, value: unknown) => {
    const data = { calendar_id: calendarId, [list]: value }
    const reading = reader.read(JSON.stringify({ event, data }), 'svix')
    return reading.kind === 'calendar' ? reading.eventIds : reading
  }
  const lists: [string, string, (id: unknown) => unknown][] = [
    ['calendar.event_created', 'instances', (event_id) => ({ event_id })],
    ['calendar.event_updated', 'affected_instances', (event_id) => ({ event_id })],
    ['calendar.event_cancelled', 'cancelled_instances', (event_id) => ({ event_id })],
    ['calendar.sync_events', 'affected_event_uuids', (id) => id],
  ]

  test.each(lists)('%s: each usable id once', (event, list, item) => {
    const named = [planning.toUpperCase(), planning, 'no-uuid', 7, null, `${planning}\n`, planningLater].map(item)
    expect(eventIds(event, list, [...named, null, 'text', 7, []])).toEqual([planning, planningLater])
  })

  test.each(lists)('%s: none when there is no list', (event, list) => {
    for (const value of [undefined, null, 'text', 7, {}]) expect(eventIds(event, list, value)).toEqual([])
  })

  test.each(lists)('%s: at most 1,000', (event, list, item) => {
    const ids = Array.from({ length: 1_001 }, (_, i) => `${planning.slice(0, -4)}${String(i).padStart(4, '0')}`)
    expect(eventIds(event, list, ids.map(item))).toEqual(ids.slice(0, 1_000))
  })
})

describe('a body', () => {
  const paths = (reading: WebhookReading) => (reading.kind === 'invalid' ? reading.errors.map((e) => e.path) : reading)
  const body = (event: string, data: unknown, more = {}) => JSON.stringify({ event, data, ...more })
  const change = (fields: object) => ({ bot_id: bot, status: { code: 'joining_call', ...fields } })

  test.each([
    ['nothing', '', 'body'],
    ['truncated JSON', fixture('v2.bot.completed').slice(0, -9), 'body'],
    ['an array', '[]', 'body'],
    ['a number', '7', 'body'],
    ['null', 'null', 'body'],
    ['a raw NUL', `{"event":"x\u0000"}`, 'body'],
    ['deep nesting', `{"event":"x","a":${'['.repeat(64)}${']'.repeat(64)}}`, 'body'],
    ['bottomless nesting', '['.repeat(1_000_000), 'body'],
    ['no event name', '{}', 'event'],
    ['an event name of the wrong type', '{"event":{}}', 'event'],
    ['an empty event name', '{"event":""}', 'event'],
    ['an endless event name', JSON.stringify({ event: 'x'.repeat(101) }), 'event'],
    ['a line break in the event name', JSON.stringify({ event: 'bot\nfailed' }), 'event'],
    ['no data', body('bot.failed', undefined), 'data'],
    ['no bot id', body('bot.failed', {}), 'data.bot_id'],
    ['a bot id of the wrong type', body('bot.failed', { bot_id: 42 }), 'data.bot_id'],
    ['a NUL in the bot id', body('bot.failed', { bot_id: 'a\u0000' }), 'data.bot_id'],
    ['no bot id, in the guide', JSON.stringify({ event: 'bot_error' }), 'bot_id'],
    ['no status', body('bot.status_change', { bot_id: bot }), 'data.status'],
    ['a status code of the wrong type', body('bot.status_change', change({ code: 1 })), 'data.status.code'],
    ['an error code of the wrong type', body('bot.failed', { bot_id: bot, error_code: 5 }), 'data.error_code'],
    ['a link that is not a URL', body('bot.completed', { bot_id: bot, video: 'javascript:alert(1)' }), 'data.video'],
    [
      'a duration that is not a number',
      body('bot.completed', { bot_id: bot, duration_seconds: '9' }),
      'data.duration_seconds',
    ],
    ['people that are not a list', body('bot.completed', { bot_id: bot, speakers: 'all' }), 'data.speakers'],
    ['an extra that is not an object', body('bot.failed', { bot_id: bot }, { extra: 'x' }), 'extra'],
    ['a calendar without id', body('calendar.event_created', {}), 'data.calendar_id'],
  ])('with %s is refused', (_, text, path) => {
    expect(paths(reader.read(text, 'svix'))).toEqual([path])
  })

  test.each([
    '0001-01-01T00:00:00Z',
    '1999-12-31T23:59:59Z',
    '2100-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '+275760-09-13T00:00:00Z',
    'yesterday',
    '2026-13-01T00:00:00Z',
    '',
    -1,
    0,
    1e300,
    true,
    {},
  ])('with a time of %j is refused', (time) => {
    const event = body('bot.status_change', change({ created_at: time }))
    expect(paths(reader.read(event, 'svix'))).toEqual(['data.status.created_at'])
  })

  test('with 64 levels is accepted, and brackets inside texts do not count', () => {
    const nested = `${'['.repeat(63)}${']'.repeat(63)}`
    expect(reader.read(`{"event":"x","a":${nested},"b":"\\"[[[[\\\\"}`, 'svix')).toMatchObject({ kind: 'unknown' })
  })

  test('may have its status in any case, and an unknown status is passed on', () => {
    const codeOf = (code: string) => reader.read(body('bot.status_change', change({ code })), 'svix')
    expect(codeOf('In_Call_Recording')).toMatchObject({ fact: { code: 'in_call_recording' } })
    expect(codeOf('Levitating')).toMatchObject({ fact: { code: 'Levitating' } })
  })

  test('may list odd people, and the readable ones are kept, each once', () => {
    const odd = [
      null,
      7,
      {},
      { name: 42 },
      'Ada',
      { name: 'Grace', id: 1 },
      'Ada',
      { id: '1', display_name: 'Grace H.' },
    ]
    const people = [
      { name: 'Ada', id: null, displayName: null },
      { name: 'Grace', id: '1', displayName: 'Grace H.' },
    ]
    const read = { fact: { kind: 'completed', speakers: people } }
    const data = { bot_id: bot, speakers: odd, participants: odd }
    expect(reader.read(body('bot.completed', data), 'svix')).toMatchObject({
      fact: { ...read.fact, participants: people },
    })
    expect(reader.read(body('complete', data), 'svix')).toMatchObject(read)
  })

  test('may announce a retry without a usable count', () => {
    const reading = reader.read(body('bot.status_change', change({ code: 'retrying', attempt: 'x', max: '3' })), 'svix')
    expect(reading).toMatchObject({ kind: 'bot', fact: { code: 'retrying', message: null } })
  })

  test('with many errors gives the first ten, without values', () => {
    const names = ['video', 'mp4', 'audio', 'diarization', 'transcription', 'raw_transcription', 'duration_seconds']
    const wrong = [...names, 'joined_at', 'exited_at', 'sent_at', 'participants', 'speakers'].map((name) => [
      name,
      '7777',
    ])
    const reading = reader.read(body('bot.completed', { bot_id: bot, ...Object.fromEntries(wrong) }), 'svix')
    expect(paths(reading)).toHaveLength(10)
    expect(JSON.stringify(reading)).not.toContain('7777')
  })
})
