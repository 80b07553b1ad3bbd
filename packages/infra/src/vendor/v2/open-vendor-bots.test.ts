import type { BotRequest } from '@seer/core/vendor/vendor-bots'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { json, openCaptureServer, vendorError } from '../../../testing/vendor/capture-server.ts'
import { type OpenVendorBots, openVendorBots } from './open-vendor-bots.ts'

const botId = 'a3d95c20-4f1b-4e87-9b06-7d2c81f0e5a4'
const otherBotId = 'd60f8b17-92ce-4a35-8e41-05b7c3a9f26d'
const meetingId = '0f5e2c71-9b34-4d68-8a1f-c7d3e6b05942'
const apiKey = 'key-1234'
const callback = { url: 'https://seer.example.test/api/meetingbaas/webhooks', secret: 'callback-5678' }

const request: BotRequest = {
  meetingId,
  meetingUrl: 'https://meet.google.com/abc-defg-hij',
  botName: 'Seer',
  config: {
    recordingMode: 'speaker_view',
    speechToText: true,
    entryMessage: null,
    botImage: null,
    automaticLeave: { waitingRoomTimeout: 120, nooneJoinedTimeout: 300, silenceTimeout: 600 },
  },
  extra: { customer: 'c-1', seer_meeting_id: 'forged' },
  joinAt: null,
}

let server: Awaited<ReturnType<typeof openCaptureServer>>
let vendor: OpenVendorBots
let lines: object[]

beforeAll(async () => {
  server = await openCaptureServer()
  const log = (call: object) => void lines.push(call)
  vendor = openVendorBots({ apiKey, baseUrl: `${server.url}/`, callback, log })
})
beforeEach(() => {
  lines = []
})
afterAll(async () => {
  await vendor.close()
  await server.close()
})

const created = json(201, { success: true, data: { bot_id: botId } })
const done = json(200, { success: true, data: { message: 'ok' } })
const listOf = (items: unknown[], cursor: string | null = null) => ({
  success: true,
  data: items,
  cursor,
  prev_cursor: null,
})
const listed = (id: string, status: string, createdAt: string, meeting: string | null = meetingId) => ({
  bot_id: id,
  status,
  created_at: createdAt,
  extra: meeting && { seer_meeting_id: meeting },
})

describe('createBot', () => {
  test('sends the whole configuration, our id and the callback', async () => {
    server.answer(created)
    expect(await vendor.createBot(request)).toEqual({ botId })
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v2/bots',
      headers: { 'content-type': 'application/json', 'x-meeting-baas-api-key': apiKey },
    })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      meeting_url: 'https://meet.google.com/abc-defg-hij',
      bot_name: 'Seer',
      recording_mode: 'speaker_view',
      allow_multiple_bots: true,
      timeout_config: { waiting_room_timeout: 120, no_one_joined_timeout: 300, silence_timeout: 600 },
      transcription_enabled: true,
      transcription_config: { provider: 'gladia' },
      callback_enabled: true,
      callback_config: { ...callback, method: 'POST' },
      extra: { customer: 'c-1', seer_meeting_id: meetingId },
    })
  })

  test('books a bot that joins later, and sends the other choices, too', async () => {
    server.answer(created)
    const config = { ...request.config, speechToText: false, entryMessage: 'Hello', botImage: 'https://x.test/a.png' }
    await vendor.createBot({ ...request, config, extra: null, joinAt: new Date('2026-07-09T14:00:00Z') })
    expect(server.requests[0]?.path).toBe('/v2/bots/scheduled')
    const body = JSON.parse(server.requests[0]?.body ?? '')
    expect(body).toMatchObject({
      join_at: '2026-07-09T14:00:00.000Z',
      entry_message: 'Hello',
      bot_image: 'https://x.test/a.png',
      transcription_enabled: false,
      extra: { seer_meeting_id: meetingId },
    })
    expect(body).not.toHaveProperty('transcription_config')
  })
})

describe('updateScheduledBot', () => {
  const joinAt = new Date('2026-07-09T14:00:00Z')
  const sentBody = () => JSON.parse(server.requests[0]?.body ?? '')

  test('sends everything about the bot, by PATCH', async () => {
    server.answer(done)
    const config = { ...request.config, entryMessage: 'Hello', botImage: 'https://x.test/a.png' }
    await expect(vendor.updateScheduledBot(botId, { ...request, config, joinAt })).resolves.toBeUndefined()
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({
      method: 'PATCH',
      path: `/v2/bots/scheduled/${botId}`,
      headers: { 'content-type': 'application/json', 'x-meeting-baas-api-key': apiKey },
    })
    expect(sentBody()).toEqual({
      meeting_url: 'https://meet.google.com/abc-defg-hij',
      bot_name: 'Seer',
      recording_mode: 'speaker_view',
      allow_multiple_bots: true,
      timeout_config: { waiting_room_timeout: 120, no_one_joined_timeout: 300, silence_timeout: 600 },
      transcription_enabled: true,
      transcription_config: { provider: 'gladia' },
      callback_enabled: true,
      callback_config: { ...callback, method: 'POST' },
      extra: { customer: 'c-1', seer_meeting_id: meetingId },
      entry_message: 'Hello',
      bot_image: 'https://x.test/a.png',
      join_at: '2026-07-09T14:00:00.000Z',
    })
    const call = { method: 'PATCH', path: '/v2/bots/scheduled/:botId', botId, meetingId }
    expect(lines).toEqual([{ ...call, status: 200, durationMs: expect.any(Number), errorCode: null }])
  })

  test('removes settings that are no longer wanted', async () => {
    server.answer(done)
    const config = { ...request.config, speechToText: false }
    await vendor.updateScheduledBot(botId, { ...request, config, extra: null, joinAt })
    expect(sentBody()).toMatchObject({
      transcription_enabled: false,
      transcription_config: null,
      entry_message: null,
      bot_image: null,
      extra: { seer_meeting_id: meetingId },
    })
  })

  test.each([
    [409, 'FST_ERR_BOT_STATUS', 'VENDOR_CONFLICT'],
    [404, 'FST_ERR_BOT_NOT_FOUND_BY_ID', 'VENDOR_BOT_NOT_FOUND'],
    [400, 'FST_ERR_VALIDATION', 'VENDOR_REJECTED'],
  ])('%i %s is %s', async (status, upstreamCode, code) => {
    server.answer(vendorError(status, upstreamCode))
    const expected = { name: 'PermanentError', code, upstreamCode, upstreamStatus: status }
    await expect(vendor.updateScheduledBot(botId, { ...request, joinAt })).rejects.toMatchObject(expected)
  })

  test('sends nothing without a time, and a strange id cannot change the path', async () => {
    server.answer(done)
    await expect(vendor.updateScheduledBot(botId, request)).rejects.toThrow('needs a time')
    expect(server.requests).toHaveLength(0)
    await vendor.updateScheduledBot('../x?y#z', { ...request, joinAt })
    expect(server.requests[0]?.path).toBe('/v2/bots/scheduled/..%2Fx%3Fy%23z')
  })
})

describe('findBots', () => {
  test('asks both lists for our id, and takes a started booking for the bot', async () => {
    server.answer((response, captured) => {
      const sent = [listed(botId, 'in_call_recording', '2026-07-09T14:00:00Z')]
      const booked = [
        listed(otherBotId, 'scheduled', '2026-07-09T13:00:00Z'),
        listed(botId, 'completed', '2026-07-09T12:00:00Z'),
      ]
      json(200, listOf(captured.path.startsWith('/v2/bots/scheduled') ? booked : sent))(response, captured)
    })
    expect(await vendor.findBots(meetingId)).toEqual([
      { botId: otherBotId, meetingId, status: 'scheduled', createdAt: new Date('2026-07-09T13:00:00Z') },
      { botId, meetingId, status: 'in_call_recording', createdAt: new Date('2026-07-09T14:00:00Z') },
    ])
    const asked = server.requests.map(({ path }) => decodeURIComponent(path)).sort()
    expect(asked).toEqual([
      `/v2/bots/scheduled?limit=100&extra=seer_meeting_id:${meetingId}`,
      `/v2/bots?limit=250&extra=seer_meeting_id:${meetingId}`,
    ])
  })

  test('reports a started booking that is not listed as a bot yet as queued', async () => {
    server.answer((response, captured) => {
      const isBookings = captured.path.startsWith('/v2/bots/scheduled')
      json(200, listOf(isBookings ? [listed(botId, 'completed', '2026-07-09T12:00:00Z')] : []))(response, captured)
    })
    expect(await vendor.findBots(meetingId)).toMatchObject([{ botId, status: 'queued' }])
  })

  test('does not trust the filter: other bots are dropped and pages followed', async () => {
    server.answer((response, captured) => {
      const others = [listed(otherBotId, 'queued', '2026-07-09T12:00:00Z', null)]
      const isLast = captured.path.includes('cursor=next')
      const items = isLast ? [listed(botId, 'queued', '2026-07-09T11:00:00Z')] : others
      json(200, listOf(items, isLast ? null : 'next'))(response, captured)
    })
    expect(await vendor.findBots(meetingId)).toMatchObject([{ botId }])
    expect(server.requests).toHaveLength(4)
  })

  test('finds the bot among unreadable entries, and does not answer "none" when there are any', async () => {
    const odd = [null, 7, { status: 'queued' }]
    server.answer(json(200, listOf([...odd, { ...listed(botId, 'queued', '2026-07-09T11:00:00Z'), status: 5 }])))
    expect(await vendor.findBots(meetingId)).toMatchObject([{ botId }])
    server.answer(json(200, listOf(odd)))
    await expect(vendor.findBots(meetingId)).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
  })

  test('does not answer "none" for a list that never ends', async () => {
    let page = 0
    server.answer((response, captured) => json(200, listOf([], `page-${page++}`))(response, captured))
    await expect(vendor.findBots(meetingId)).rejects.toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
  })
})

describe('listActiveBots', () => {
  test('leaves out entries without an id, and logs how many', async () => {
    const item = { ...listed(botId, 'In_Call_Recording', '2026-07-09T12:00:00Z'), created_at: null }
    server.answer(
      json(200, listOf([null, item, { ...item, bot_id: '' }, { ...item, bot_id: otherBotId, status: null }])),
    )
    expect((await vendor.listActiveBots(null)).items).toMatchObject([
      { botId, status: 'in_call_recording' },
      { botId: otherBotId, status: 'unreadable' },
    ])
    expect(lines.at(-1)).toMatchObject({ unreadable: 2 })
  })

  test('asks for 250 bots that have not ended and passes the cursor on', async () => {
    const item = { ...listed(botId, 'queued', '2026-07-09T12:00:00Z', null), created_at: 'unreadable' }
    server.answer(json(200, listOf([item, listed(otherBotId, 'NEW_CODE', '2026-07-09T12:00:00Z')], 'bmV4dA==')))
    expect(await vendor.listActiveBots('Zmlyc3Q=')).toMatchObject({
      items: [
        { botId, meetingId: null, status: 'queued' },
        { botId: otherBotId, meetingId, status: 'NEW_CODE' },
      ],
      nextCursor: 'bmV4dA==',
    })
    const query = new URL(server.requests[0]?.path ?? '', server.url).searchParams
    expect(query.get('limit')).toBe('250')
    expect(query.get('cursor')).toBe('Zmlyc3Q=')
    expect(query.get('status')?.split(',')).toHaveLength(20)
    expect(query.get('status')).not.toMatch(/completed|\bfailed/)
  })
})

describe('getBot', () => {
  const details = (fields: object) => json(200, { success: true, data: { bot_id: botId, error_code: null, ...fields } })

  test('tells how a completed run ended', async () => {
    const video = 'https://files.example.test/a.mp4'
    server.answer(
      details({
        ...{ status: 'completed', video, audio: null, duration_seconds: 60.5, joined_at: '2026-07-09T14:00:00Z' },
        speakers: [{ name: 'Maren', id: 1 }],
        participants: [null, { name: 'Ada' }, { name: 42 }, 'Grace', { name: 'Ada' }],
      }),
    )
    const before = Date.now()
    const fact = await vendor.getBot(botId)
    expect(fact).toMatchObject({
      ...{ kind: 'completed', at: null, durationSeconds: 60.5, joinedAt: new Date('2026-07-09T14:00:00Z') },
      artifacts: { video, audio: null },
      speakers: [{ name: 'Maren', id: '1', displayName: null }],
      // An unreadable entry hides neither the other entries nor the end of a run.
      participants: [
        { name: 'Ada', id: null, displayName: null },
        { name: 'Grace', id: null, displayName: null },
      ],
    })
    expect(lines.at(-1)).toMatchObject({ unreadable: 2 })
    const expiresIn = fact?.kind === 'completed' ? (fact.artifactsExpireAt?.getTime() ?? 0) - before : 0
    expect(expiresIn / 3_600_000).toBeCloseTo(4, 1)
  })

  test.each([
    [{ status: 'failed', error_code: 'BOT_NOT_ACCEPTED', error_message: 'No.' }, 'BOT_NOT_ACCEPTED', 'No.'],
    [{ status: 'failed' }, 'UNKNOWN_ERROR', null],
    [{ status: 'transcription_failed' }, 'TRANSCRIPTION_FAILED', null],
    [{ status: 'MEET_LOGIN_REQUIRED' }, 'MEET_LOGIN_REQUIRED', null],
  ])('tells how a failed run ended: %j', async (fields, code, message) => {
    server.answer(details(fields))
    expect(await vendor.getBot(botId)).toEqual({ kind: 'failed', at: null, code, message, results: null })
    const audio = 'https://files.example.test/a.flac'
    server.answer(details({ ...fields, audio }))
    expect(await vendor.getBot(botId)).toMatchObject({ kind: 'failed', code, results: { artifacts: { audio } } })
  })

  test('tells the status of a run that goes on, known or not', async () => {
    server.answer(details({ status: 'levitating' }))
    const status = { kind: 'status', code: 'levitating', at: null, message: null, recordingStartedAt: null }
    expect(await vendor.getBot(botId)).toEqual(status)
  })

  /** The server has a booking and no bot. */
  function answerBooking(booking: object): void {
    server.answer((response, captured) => {
      const isBooking = captured.path === `/v2/bots/scheduled/${botId}`
      if (isBooking) return json(200, { success: true, data: { bot_id: botId, ...booking } })(response, captured)
      const error = { success: false, error: 'Not Found', code: 'FST_ERR_BOT_NOT_FOUND_BY_ID', statusCode: 404 }
      // Without `message` the SDK makes up an error of its own.
      json(404, error)(response, captured)
    })
  }

  test('reads nothing when there is a booking whose bot is still to come', async () => {
    answerBooking({ status: 'scheduled' })
    expect(await vendor.getBot(botId)).toBeNull()
  })

  test.each([
    [
      { status: 'cancelled', cancelled_at: '2026-07-09T12:00:00Z' },
      { kind: 'cancelled', at: new Date('2026-07-09T12:00:00Z') },
    ],
    [{ status: 'failed' }, { kind: 'failed', code: 'UNKNOWN_ERROR' }],
    [{ status: 'completed' }, { kind: 'status', code: 'queued', at: null }],
  ])('reads the booking when there is no bot: %j', async (booking, fact) => {
    answerBooking(booking)
    expect(await vendor.getBot(botId)).toMatchObject(fact)
  })
})

test('getBotStatus says when the server noted the status', async () => {
  const data = { bot_id: botId, status: 'joining_call', transcription_status: 'x', updated_at: '2026-07-09T14:00:00Z' }
  server.answer(json(200, { success: true, data }))
  expect(await vendor.getBotStatus(botId)).toMatchObject({
    code: 'joining_call',
    at: null,
    notedAt: new Date(data.updated_at),
  })
  expect(server.requests[0]?.path).toBe(`/v2/bots/${botId}/status`)
})

describe('actions', () => {
  test.each([
    ['leaveBot', 'POST', `/v2/bots/${botId}/leave`],
    ['cancelScheduledBot', 'DELETE', `/v2/bots/scheduled/${botId}`],
    ['deleteBotData', 'DELETE', `/v2/bots/${botId}/delete-data?delete_from_provider=true`],
  ] as const)('%s works with a server that refuses empty JSON', async (action, method, path) => {
    server.answer(done)
    await expect(vendor[action](botId)).resolves.toBeUndefined()
    expect(server.requests).toMatchObject([{ method, path, body: '{}' }])
  })

  test('do not let a strange id change the path', async () => {
    server.answer(done)
    await vendor.leaveBot('../x?y#z')
    expect(server.requests[0]?.path).toBe('/v2/bots/..%2Fx%3Fy%23z/leave')
  })
})

test('logs each call once, with ids and without secrets', async () => {
  server.answer(created)
  await vendor.createBot(request)
  server.answer(done)
  await vendor.leaveBot(botId)
  expect(lines).toEqual([
    { method: 'POST', path: '/v2/bots', meetingId, status: 201, durationMs: expect.any(Number), errorCode: null },
    {
      method: 'POST',
      path: '/v2/bots/:botId/leave',
      botId,
      status: 200,
      durationMs: expect.any(Number),
      errorCode: null,
    },
  ])
})
