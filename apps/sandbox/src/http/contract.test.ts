import { describe, expect, test } from 'vitest'
import { botRequest, startSandbox } from '../../testing/harness.ts'

const minute = 60
const emptyJson = { 'content-type': 'application/json' }

describe('empty JSON bodies', () => {
  test('are rejected by Fastify on POST and DELETE', async () => {
    const sandbox = await startSandbox()
    const bot = await sandbox.send()
    const booking = await sandbox.book(3600)
    for (const [method, path] of [
      ['POST', `/v2/bots/${bot}/leave`],
      ['DELETE', `/v2/bots/scheduled/${booking}`],
      ['DELETE', `/v2/bots/${bot}/delete-data`],
    ] as const) {
      const answer = await sandbox.call(method, path, undefined, emptyJson)
      expect(answer.status).toBe(400)
      expect(answer.body).toEqual({
        statusCode: 400,
        code: 'FST_ERR_CTP_EMPTY_JSON_BODY',
        error: 'Bad Request',
        message: expect.any(String),
      })
    }
    expect(await sandbox.status(bot)).toBe('queued')
  })

  test('are accepted without a content type, and as {}', async () => {
    const sandbox = await startSandbox()
    const [first, second] = [await sandbox.send(), await sandbox.send()]
    expect((await sandbox.call('POST', `/v2/bots/${first}/leave`)).status).toBe(200)
    expect((await sandbox.call('POST', `/v2/bots/${second}/leave`, {})).status).toBe(200)
  })

  test('pass in lenient mode', async () => {
    const sandbox = await startSandbox({ lenient: true })
    const bot = await sandbox.send()
    expect((await sandbox.call('POST', `/v2/bots/${bot}/leave`, undefined, emptyJson)).status).toBe(200)
  })
})

describe('the API key', () => {
  test('must be present and right', async () => {
    const sandbox = await startSandbox({ apiKey: 'right' })
    const answer = async (key: string) =>
      (await sandbox.call('GET', '/v2/bots', undefined, { 'x-meeting-baas-api-key': key })).body
    expect(await answer('right')).toMatchObject({ success: true })
    for (const key of ['wrong', '', ' ']) {
      expect(await answer(key)).toMatchObject({ success: false, code: 'FST_ERR_FORBIDDEN', statusCode: 403 })
    }
  })
})

describe('validation of a new bot', () => {
  const rejected: [name: string, body: Record<string, unknown>, field: string][] = [
    ['unknown key', { ...botRequest, surprise: 1 }, 'surprise'],
    ['unknown nested key', { ...botRequest, timeout_config: { patience: 200 } }, 'timeout_config'],
    ['missing name', { meeting_url: botRequest.meeting_url }, 'bot_name'],
    ['empty name', { ...botRequest, bot_name: '' }, 'bot_name'],
    ['long name', { ...botRequest, bot_name: 'x'.repeat(256) }, 'bot_name'],
    ['no URL', { ...botRequest, meeting_url: 'meet me' }, 'meeting_url'],
    ['plain HTTP', { ...botRequest, meeting_url: 'http://meet.google.com/abc-defg-hij' }, 'meeting_url'],
    ['another platform', { ...botRequest, meeting_url: 'https://meet.example.com/abc' }, 'meeting_url'],
    ['short lobby', { ...botRequest, timeout_config: { waiting_room_timeout: 119 } }, 'waiting_room_timeout'],
    ['long silence', { ...botRequest, timeout_config: { silence_timeout: 1801 } }, 'silence_timeout'],
    ['recording mode', { ...botRequest, recording_mode: 'hologram' }, 'recording_mode'],
    ['long message', { ...botRequest, entry_message: 'x'.repeat(501) }, 'entry_message'],
    ['callback without URL', { ...botRequest, callback_config: { secret: 's' } }, 'callback_config/url'],
    ['extra that is no object', { ...botRequest, extra: 'id' }, 'extra'],
    ['audio frequency', { ...botRequest, streaming_config: { audio_frequency: 44_100 } }, 'audio_frequency'],
  ]

  test.each(rejected)('refuses %s and names the field', async (_name, body, field) => {
    const sandbox = await startSandbox()
    const answer = await sandbox.post('/v2/bots', body)
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({ success: false, error: 'Bad Request', statusCode: 400 })
    expect(answer.body.message).toContain(field)
    expect((await sandbox.get('/v2/bots')).body.data).toEqual([])
  })

  test('refuses a body that is not JSON or too large, and an id that is not a UUID', async () => {
    const sandbox = await startSandbox()
    const raw = (body: string, type: string) =>
      fetch(`${sandbox.url}/v2/bots`, {
        method: 'POST',
        headers: { 'x-meeting-baas-api-key': 'k', 'content-type': type },
        body,
      })
    expect((await raw('{"bot_name":', 'application/json')).status).toBe(400)
    expect((await raw('bot_name=x', 'application/x-www-form-urlencoded')).status).toBe(415)
    expect(
      (await raw(JSON.stringify({ ...botRequest, extra: { x: 'x'.repeat(2 ** 20) } }), 'application/json')).status,
    ).toBe(413)
    expect((await sandbox.get('/v2/bots/not-a-uuid')).status).toBe(400)
  })

  test('answers unknown ids with 404', async () => {
    const sandbox = await startSandbox()
    const id = '7d2f9a1e-5c3b-4d8a-9e6f-0a1b2c3d4e5f'
    for (const path of [`/v2/bots/${id}`, `/v2/bots/${id}/status`, `/v2/bots/scheduled/${id}`]) {
      const answer = await sandbox.get(path)
      expect(answer.status).toBe(404)
      expect(answer.body.code).toBe('FST_ERR_BOT_NOT_FOUND_BY_ID')
    }
  })
})

describe('write limit', () => {
  test('allows a number of writes in any second, says when to come back, and does not limit reads', async () => {
    const real = { now: 1_000_000 }
    const sandbox = await startSandbox({ rateLimit: 3, realNow: () => real.now })
    const write = () => sandbox.post('/v2/bots', botRequest)
    const first = await write()
    expect(first.headers.get('x-ratelimit-limit')).toBe('3')
    expect(first.headers.get('x-ratelimit-remaining')).toBe('2')
    real.now += 600
    await write()
    await write()
    const refused = await write()
    expect(refused.status).toBe(429)
    expect(refused.body).toMatchObject({ code: 'FST_ERR_TOO_MANY_REQUESTS', statusCode: 429, retryAfter: 1 })
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await sandbox.get('/v2/bots')).status).toBe(200)
    // The window slides: 400 ms later only the first write has left it.
    real.now += 401
    expect((await write()).status).toBe(201)
    expect((await write()).status).toBe(429)
  })
})

describe('allowances', () => {
  test('the daily cap counts over a rolling day and does not say when to come back', async () => {
    const sandbox = await startSandbox({ dailyCap: 2 })
    await sandbox.send()
    await sandbox.advance(12 * 3600)
    await sandbox.send()
    const refused = await sandbox.post('/v2/bots', botRequest)
    expect(refused.status).toBe(429)
    expect(refused.body).toMatchObject({ code: 'FST_ERR_DAILY_BOT_CAP_REACHED' })
    expect(refused.body).not.toHaveProperty('retryAfter')
    expect(refused.headers.get('retry-after')).toBeNull()
    await sandbox.advance(12 * 3600)
    await sandbox.send()
    expect((await sandbox.post('/v2/bots', botRequest)).status).toBe(429)
  })

  test('a bot needs tokens, and a run costs some', async () => {
    const sandbox = await startSandbox({ tokens: 0.6 })
    await sandbox.send({ transcription_enabled: true })
    await sandbox.advance(3600)
    const refused = await sandbox.post('/v2/bots', botRequest)
    expect(refused.status).toBe(402)
    expect(refused.body).toMatchObject({ error: 'Payment Required', code: 'FST_ERR_INSUFFICIENT_TOKENS' })
  })

  test('scenarios refuse a bot for tokens or cap whatever the balance', async () => {
    const sandbox = await startSandbox()
    const code = async (scenario: string) => {
      const meeting_url = `${botRequest.meeting_url}?sandbox=${scenario}`
      return (await sandbox.post('/v2/bots', { ...botRequest, meeting_url })).body.code
    }
    expect(await code('insufficient_tokens')).toBe('FST_ERR_INSUFFICIENT_TOKENS')
    expect(await code('daily_cap')).toBe('FST_ERR_DAILY_BOT_CAP_REACHED')
  })

  test('the duplicate lock holds for five minutes, per URL, for requests that ask for it', async () => {
    const sandbox = await startSandbox()
    const single = { ...botRequest, allow_multiple_bots: false }
    expect((await sandbox.post('/v2/bots', single)).status).toBe(201)
    const refused = await sandbox.post('/v2/bots', single)
    expect(refused.status).toBe(409)
    expect(refused.body.code).toBe('FST_ERR_BOT_ALREADY_EXISTS')
    expect((await sandbox.post('/v2/bots', { ...single, meeting_url: 'https://zoom.us/j/123456789' })).status).toBe(201)
    expect((await sandbox.post('/v2/bots', botRequest)).status).toBe(201)
    await sandbox.advance(5 * minute)
    expect((await sandbox.post('/v2/bots', single)).status).toBe(201)
  })
})

describe('batches', () => {
  test('succeed item by item', async () => {
    const sandbox = await startSandbox({ dailyCap: 1 })
    const extra = { meetingId: 'm1' }
    const items = [
      { ...botRequest, bot_name: 7, extra },
      { ...botRequest, meeting_url: 'https://example.com/x' },
      { ...botRequest, extra },
      botRequest,
    ]
    const answer = await sandbox.post('/v2/bots/batch', items)
    expect(answer.status).toBe(201)
    expect(answer.body.success).toBe(true)
    expect(answer.body.data).toEqual([{ index: 2, bot_id: expect.any(String), extra }])
    expect(answer.body.errors).toMatchObject([
      { index: 0, code: 'VALIDATION_ERROR', extra, details: expect.stringContaining('bot_name') },
      { index: 1, code: 'INVALID_MEETING_PLATFORM', extra: null },
      { index: 3, code: 'DAILY_BOT_CAP_REACHED', details: null },
    ])
  })

  test('hold 1 to 100 items', async () => {
    const sandbox = await startSandbox()
    expect((await sandbox.post('/v2/bots/batch', [])).status).toBe(400)
    expect((await sandbox.post('/v2/bots/batch', Array(101).fill(botRequest))).status).toBe(400)
    expect((await sandbox.post('/v2/bots/batch', Array(100).fill(botRequest))).body.data).toHaveLength(100)
  })
})
