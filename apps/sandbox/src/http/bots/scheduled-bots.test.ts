import { describe, expect, test } from 'vitest'
import { botRequest, label, startReceiver, startSandbox, testStart } from '../../../testing/harness.ts'

const minute = 60
const day = 24 * 3600
const iso = (seconds: number) => new Date(testStart + seconds * 1000).toISOString()

describe('booking', () => {
  test('takes a join time from a minute ago up to 90 days ahead', async () => {
    const sandbox = await startSandbox()
    const answer = async (seconds: number) =>
      (await sandbox.post('/v2/bots/scheduled', { ...botRequest, join_at: iso(seconds) })).status
    expect([await answer(-60), await answer(90 * day)]).toEqual([201, 201])
    expect([await answer(-61), await answer(90 * day + 1)]).toEqual([400, 400])
    const local = { ...botRequest, join_at: '2026-03-11T16:00:00+01:00' }
    expect((await sandbox.post('/v2/bots/scheduled', local)).status).toBe(400)
  })

  test('echoes the configuration, callback secret in clear and silence_timeout left out', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(3600, {
      callback_enabled: true,
      callback_config: { url: 'https://example.com/cb', secret: 's3cret' },
      transcription_enabled: true,
      extra: { meetingId: 'm1' },
    })
    const { data } = (await sandbox.get(`/v2/bots/scheduled/${id}`)).body
    expect(data).toEqual({
      bot_id: id,
      ...botRequest,
      meeting_platform: 'meet',
      bot_image: null,
      recording_mode: 'speaker_view',
      join_at: iso(3600),
      status: 'scheduled',
      created_at: iso(0),
      updated_at: iso(0),
      cancelled_at: null,
      allow_multiple_bots: true,
      entry_message: null,
      timeout_config: { waiting_room_timeout: 600, no_one_joined_timeout: 600 },
      transcription_config: { enabled: true, provider: 'gladia', custom_params: null },
      streaming_config: null,
      callback_config: { enabled: true, url: 'https://example.com/cb', secret: 's3cret', method: 'POST' },
      extra: { meetingId: 'm1' },
      zoom_config: null,
    })
  })

  test('becomes a live bot under the same id, which waits outside until its time', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(10 * minute + 30)
    expect((await sandbox.get(`/v2/bots/${id}`)).status).toBe(404)
    await sandbox.advance(10 * minute)
    expect(await sandbox.status(id)).toBe('in_waiting_room')
    expect((await sandbox.get(`/v2/bots/scheduled/${id}`)).body.data.status).toBe('completed')
    await sandbox.advance(30)
    expect(await sandbox.status(id)).toBe('in_waiting_room')
    await sandbox.advance(4)
    expect(await sandbox.status(id)).toBe('in_call_not_recording')
  })

  test.each([
    ['INSUFFICIENT_TOKENS', { meeting_url: 'https://zoom.us/j/123456789?sandbox=insufficient_tokens' }],
    ['DAILY_BOT_CAP_REACHED', { meeting_url: 'https://zoom.us/j/123456789?sandbox=daily_cap' }],
    ['BOT_ALREADY_EXISTS', { meeting_url: 'https://zoom.us/j/123456789', allow_multiple_bots: false }],
  ])('is refused at launch: %s arrives as bot.failed', async (code, overrides) => {
    const receiver = await startReceiver()
    const sandbox = await startSandbox({ webhookUrls: [receiver.url] })
    const id = await sandbox.book(10 * minute, overrides)
    await sandbox.advance(7 * minute)
    await sandbox.send({ meeting_url: 'https://zoom.us/j/123456789' })
    await sandbox.advance(minute)
    const mine = receiver.received.filter(({ body }) => body.data.bot_id === id)
    expect(mine.map(label)).toEqual(['bot.status_change:failed', 'bot.failed'])
    expect(mine[1]?.body.data.error_code).toBe(code)
    expect((await sandbox.get(`/v2/bots/scheduled/${id}`)).body.data.status).toBe('failed')
  })
})

describe('listing', () => {
  test('shows the soonest first, in pages of at most 100, both ways', async () => {
    const sandbox = await startSandbox()
    for (const [seconds, bot_name] of [
      [3000, 'c'],
      [1000, 'a'],
      [2000, 'b'],
    ] as const) {
      await sandbox.book(seconds, { bot_name })
    }
    const page = async (query: string) => {
      const { body } = await sandbox.get(`/v2/bots/scheduled?${query}`)
      return { ...body, names: body.data.map((bot: { bot_name: string }) => bot.bot_name).join('') }
    }
    const first = await page('limit=2')
    const second = await page(`limit=2&cursor=${first.cursor}`)
    const back = await page(`limit=2&cursor=${second.prev_cursor}`)
    expect([first.names, second.names, back.names]).toEqual(['ab', 'c', 'ab'])
    expect([first.prev_cursor, second.cursor]).toEqual([null, null])
    expect((await sandbox.get('/v2/bots/scheduled?limit=101')).status).toBe(400)
  })

  test('filters by status, time, extra and platform', async () => {
    const sandbox = await startSandbox()
    const cancelled = await sandbox.book(3600, { bot_name: 'gone' })
    await sandbox.call('DELETE', `/v2/bots/scheduled/${cancelled}`)
    await sandbox.book(3600, { bot_name: 'meet', extra: { id: 'm1' } })
    await sandbox.book(7200, { bot_name: 'zoom', meeting_url: 'https://zoom.us/j/123456789' })
    const names = async (query: string) =>
      (await sandbox.get(`/v2/bots/scheduled?${query}`)).body.data.map((bot: { bot_name: string }) => bot.bot_name)
    expect(await names('status=scheduled')).toEqual(['meet', 'zoom'])
    expect(await names('status=cancelled,failed')).toEqual(['gone'])
    expect(await names('extra=id:m1')).toEqual(['meet'])
    expect(await names('meeting_platform=zoom')).toEqual(['zoom'])
    expect(await names(`scheduled_after=${iso(3600)}`)).toEqual(['zoom'])
    expect(await names(`scheduled_before=${iso(7200)}&status=scheduled`)).toEqual(['meet'])
  })
})

describe('changing', () => {
  test('touches only what was sent', async () => {
    const sandbox = await startSandbox()
    const timeout_config = { waiting_room_timeout: 300, no_one_joined_timeout: 200 }
    const id = await sandbox.book(3600, { timeout_config, allow_multiple_bots: false, extra: { a: 1 } })
    const change = { bot_name: 'Renamed', join_at: iso(7200) }
    expect((await sandbox.call('PATCH', `/v2/bots/scheduled/${id}`, change)).status).toBe(200)
    const { data } = (await sandbox.get(`/v2/bots/scheduled/${id}`)).body
    expect(data).toMatchObject({ ...change, timeout_config, allow_multiple_bots: false, extra: { a: 1 } })
    await sandbox.advance(3700)
    expect((await sandbox.get(`/v2/bots/${id}`)).status).toBe(404)
    await sandbox.advance(3500)
    expect(await sandbox.status(id)).toBe('in_waiting_room')
  })

  test('is locked in the last four minutes and once launched', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(10 * minute)
    const patch = () => sandbox.call('PATCH', `/v2/bots/scheduled/${id}`, { bot_name: 'x' })
    await sandbox.advance(6 * minute)
    expect((await patch()).status).toBe(200)
    await sandbox.advance(1)
    const locked = await patch()
    expect(locked.status).toBe(409)
    expect(locked.body.code).toBe('FST_ERR_BOT_STATUS')
    await sandbox.advance(3 * minute)
    expect((await patch()).status).toBe(409)
  })

  test('refuses unknown keys and join times less than four minutes ahead', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(3600)
    for (const body of [{ nope: 1 }, { join_at: iso(239) }, { meeting_url: 'https://example.com' }]) {
      expect((await sandbox.call('PATCH', `/v2/bots/scheduled/${id}`, body)).status).toBe(400)
    }
    expect((await sandbox.get(`/v2/bots/scheduled/${id}`)).body.data.join_at).toBe(iso(3600))
  })
})

describe('cancelling', () => {
  test('works once before the launch, even in the last four minutes, and keeps the booking in the list', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(3 * minute)
    const cancel = () => sandbox.call('DELETE', `/v2/bots/scheduled/${id}`)
    expect((await cancel()).status).toBe(200)
    const { data } = (await sandbox.get(`/v2/bots/scheduled/${id}`)).body
    expect(data).toMatchObject({ status: 'cancelled', cancelled_at: iso(0) })
    expect((await cancel()).status).toBe(409)
    await sandbox.advance(3600)
    expect((await sandbox.get(`/v2/bots/${id}`)).status).toBe(404)
  })

  test('makes the bot leave after the launch', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(3 * minute)
    await sandbox.advance(2 * minute)
    expect((await sandbox.call('DELETE', `/v2/bots/scheduled/${id}`)).status).toBe(200)
    await sandbox.advance(minute)
    expect((await sandbox.get(`/v2/bots/${id}`)).body.data.error_code).toBe('EXITING_MEETING_BEFORE_RECORD')
    expect((await sandbox.call('DELETE', `/v2/bots/scheduled/${id}`)).status).toBe(409)
  })

  test('works by leave, too', async () => {
    const sandbox = await startSandbox()
    const id = await sandbox.book(3600)
    expect((await sandbox.post(`/v2/bots/${id}/leave`)).status).toBe(200)
    expect((await sandbox.get(`/v2/bots/scheduled/${id}`)).body.data.status).toBe('cancelled')
  })
})

test('a batch books what it can', async () => {
  const sandbox = await startSandbox()
  const items = [{ ...botRequest, join_at: iso(600) }, { ...botRequest, join_at: iso(-600) }, botRequest]
  const { body } = await sandbox.post('/v2/bots/scheduled/batch', items)
  expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0])
  expect(body.errors.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
    [1, 'VALIDATION_ERROR'],
    [2, 'VALIDATION_ERROR'],
  ])
})
