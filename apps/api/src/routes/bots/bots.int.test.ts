import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, meetUrl, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { Bot, BotWithTimeline } from './bot-schema.ts'

let api: TestApi
let alice: ReturnType<typeof clientOf>
let users = 0

beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

beforeEach(async () => {
  api.queue.state.isDown = false
  api.queue.jobs.length = 0
  api.clock.now = new Date('2026-05-05T10:00:00Z')
  alice = clientOf(api.app, await api.makeKey(`alice-${users++}`))
})

function meetLink(n: number): string {
  const letters = n
    .toString(26)
    .padStart(4, '0')
    .replace(/[0-9]/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? 'q')
  return `https://meet.google.com/abc-${letters}-hij`
}

async function orderMany(count: number): Promise<string[]> {
  const ids: string[] = []
  for (let i = 0; i < count; i++) {
    api.clock.now = new Date(api.clock.now.getTime() + 1_000)
    const { body } = await alice('POST', botsUrl, { meetingUrl: meetLink(i) })
    ids.push(body.data.id)
  }
  return ids
}

describe('POST /bots', () => {
  test('answers 202 with the bot and its address, and starts the job', async () => {
    const order = { meetingUrl: meetUrl, customBotName: 'Scribe', extra: { customer: 'c-1' } }
    const { status, headers, body } = await alice('POST', botsUrl, order)
    expect(status).toBe(202)
    expect(headers.location).toBe(`${botsUrl}/${body.data.id}`)
    expect(Bot.strict().parse(body.data)).toMatchObject({ state: 'pending', botName: 'Scribe', extra: order.extra })
    expect(api.queue.jobs).toEqual([{ name: 'create-bot', payload: { meetingId: body.data.id, round: 0 } }])
  })

  test('answers 200 with the bot that there is already for this meeting', async () => {
    const first = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    const second = await alice('POST', botsUrl, { meetingUrl: 'http://meet.google.com/ABC-defg-hij?authuser=1' })
    expect(second.status).toBe(200)
    expect(second.body.data.id).toBe(first.body.data.id)
    expect(api.queue.jobs).toHaveLength(1)
  })

  test('takes the id from the caller, in any spelling, and gives the same bot for it again', async () => {
    const meetingId = newId()
    const first = await alice('POST', botsUrl, { meetingUrl: meetUrl, meetingId: meetingId.toUpperCase() })
    expect(first).toMatchObject({ status: 202, body: { data: { id: meetingId } } })
    expect((await alice('POST', botsUrl, { meetingUrl: meetUrl, meetingId })).status).toBe(200)
  })

  test('refuses an id that stands for another meeting, of this user or another', async () => {
    const meetingId = newId()
    await alice('POST', botsUrl, { meetingUrl: meetUrl, meetingId })
    const other = await alice('POST', botsUrl, { meetingUrl: 'https://zoom.us/j/123456789', meetingId })
    expect(other).toMatchObject({ status: 409, body: { code: 'MEETING_ID_CONFLICT' } })
    const bob = clientOf(api.app, await api.makeKey(`bob-${users++}`))
    expect((await bob('POST', botsUrl, { meetingUrl: meetUrl, meetingId })).status).toBe(409)
  })

  test('understands both spellings of the configuration', async () => {
    const camel = { recordingMode: 'gallery_view', automaticLeave: { waitingRoomTimeout: 300 } }
    const snake = { recording_mode: 'gallery_view', automatic_leave: { waiting_room_timeout: 300 } }
    const a = await alice('POST', botsUrl, { meetingUrl: meetUrl, customBotConfig: camel })
    const b = await alice('POST', botsUrl, { meetingUrl: 'https://zoom.us/j/123456789', customBotConfig: snake })
    expect(a.body.data.botConfig).toMatchObject({ recordingMode: 'gallery_view', speechToText: true })
    expect(b.body.data.botConfig).toEqual(a.body.data.botConfig)
  })

  test('gives one bot to requests that come at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => alice('POST', botsUrl, { meetingUrl: meetUrl })))
    expect(new Set(answers.map(({ body }) => body.data.id)).size).toBe(1)
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
  })

  test('takes the order although the queue is down', async () => {
    api.queue.state.isDown = true
    const { status, body } = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    expect(status).toBe(202)
    const payload = { meetingId: body.data.id, round: 0 }
    expect(api.queue.leftToSweep.at(-1)).toEqual({ name: 'create-bot', payload })
  })

  test('says what is wrong with a time that is too far away', async () => {
    const { status, body } = await alice('POST', botsUrl, { meetingUrl: meetUrl, joinAt: '2026-12-24T10:00:00+01:00' })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'JOIN_TIME_OUT_OF_RANGE', errors: [{ path: 'joinAt' }] })
  })
})

describe('Idempotency-Key', () => {
  const key = { 'idempotency-key': 'order-1' }

  test('replays status, body and Location of the first answer', async () => {
    const first = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    const second = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    expect(second).toMatchObject({ status: 202, body: first.body })
    expect(second.headers.location).toBe(first.headers.location)
    expect(second.headers['idempotency-replayed']).toBe('true')
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    expect(api.queue.jobs).toHaveLength(1)
  })

  test('is a conflict with another body', async () => {
    await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    const other = await alice('POST', botsUrl, { meetingUrl: meetUrl, customBotName: 'Other' }, key)
    expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  })

  test('belongs to one user', async () => {
    const first = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    const bob = clientOf(api.app, await api.makeKey(`bob-${users++}`))
    const second = await bob('POST', botsUrl, { meetingUrl: meetUrl }, key)
    expect(second.status).toBe(202)
    expect(second.body.data.id).not.toBe(first.body.data.id)
  })

  test('is not used up by a request that was not valid', async () => {
    expect((await alice('POST', botsUrl, { meetingUrl: 5 }, key)).status).toBe(400)
    expect((await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)).status).toBe(202)
  })

  test('is free for the order that was meant when the first was refused', async () => {
    const refused = await alice('POST', botsUrl, { meetingUrl: 'https://example.com/x' }, key)
    const meant = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    expect([refused.status, meant.status]).toEqual([400, 202])
  })

  test('finds the meeting of a request that died before its answer was kept', async () => {
    const first = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    await api.db.pool.query(`UPDATE idempotency_keys SET status_code = NULL, locked_until = $1`, [api.clock.now])
    await api.db.pool.query(`UPDATE meetings SET final_at = now(), processing_status = 'completed'`)
    const second = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    expect(second.body.data.id).toBe(first.body.data.id)
  })

  test('is free again after a day', async () => {
    const first = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    await alice('DELETE', `${botsUrl}/${first.body.data.id}`)
    api.clock.now = new Date(api.clock.now.getTime() + 25 * 3_600_000)
    const second = await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)
    expect(second.status).toBe(202)
    expect(second.body.data.id).not.toBe(first.body.data.id)
  })

  test('is given back when the request fails on our side', async () => {
    const { meetings } = api.db
    const { claim } = meetings
    meetings.claim = () => Promise.reject(new Error('boom'))
    expect((await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)).status).toBe(500)
    meetings.claim = claim
    expect((await alice('POST', botsUrl, { meetingUrl: meetUrl }, key)).status).toBe(202)
  })
})

describe('GET /bots', () => {
  test('pages through all bots, newest first, without gaps or repeats', async () => {
    const ids = await orderMany(7)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await alice('GET', `${botsUrl}?limit=3${cursor}`)
      seen.push(...body.data.map((bot: Bot) => bot.id))
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : ''
    } while (cursor)
    expect(seen).toEqual(ids.toReversed())
  })

  test('filters by state, platform, meeting and time', async () => {
    const [first, second, third] = await orderMany(3)
    await alice('DELETE', `${botsUrl}/${second}`)
    const list = async (query: string) =>
      (await alice('GET', `${botsUrl}?${query}`)).body.data.map((bot: Bot) => bot.id)
    expect(await list('state=cancelled')).toEqual([second])
    expect(await list('state=cancelled,pending')).toEqual([third, second, first])
    expect(await list('state=cancelled&state=failed')).toEqual([second])
    expect(await list('platform=zoom')).toEqual([])
    expect(await list(`meetingUrl=${encodeURIComponent(`${meetLink(0)}?hs=1`)}`)).toEqual([first])
    expect(await list('createdAfter=2026-05-05T12:00:02%2B02:00&createdBefore=2026-05-05T10:00:03Z')).toEqual([second])
  })
})

describe('GET /bots/:botId', () => {
  test('shows the bot with its timeline, by our id and by the vendor’s', async () => {
    const { body } = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    const vendorId = newId()
    await api.db.pool.query('UPDATE meetings SET meeting_baas_id = $1 WHERE id = $2', [vendorId, body.data.id])
    const byOurs = await alice('GET', `${botsUrl}/${body.data.id.toUpperCase()}`)
    const byTheirs = await alice('GET', `${botsUrl}/${vendorId}`)
    expect(byOurs.body).toEqual(byTheirs.body)
    const bot = BotWithTimeline.strict().parse(byOurs.body.data)
    expect(bot.timeline).toMatchObject([{ seq: 1, type: 'bot_requested', cause: 'api' }])
    expect(bot.timelineNextCursor).toBeNull()
  })

  test('points to the rest of a long timeline, which the events route pages through', async () => {
    const { body } = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    const { id } = body.data
    await api.db.pool.query(
      `INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, data)
        SELECT 'bot', $1, n, 'chat_message', now(), 'webhook', '{}' FROM generate_series(2, 450) n`,
      [id],
    )
    await api.db.pool.query('UPDATE meetings SET last_seq = 450 WHERE id = $1', [id])
    const shown = (await alice('GET', `${botsUrl}/${id}`)).body.data
    expect(shown.timeline).toHaveLength(200)
    const seqs = shown.timeline.map((entry: { seq: number }) => entry.seq)
    let after: string | undefined = shown.timelineNextCursor
    while (after) {
      const page = (await alice('GET', `${botsUrl}/${id}/events?after=${after}&limit=90`)).body
      seqs.push(...page.data.map((entry: { seq: number }) => entry.seq))
      after = page.nextCursor
    }
    expect(seqs).toEqual(Array.from({ length: 450 }, (_, i) => i + 1))
  })
})

describe('DELETE /bots/:botId', () => {
  test('cancels at once what was never asked for, and repeating changes nothing', async () => {
    const { body } = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    const first = await alice('DELETE', `${botsUrl}/${body.data.id}`)
    expect(first).toMatchObject({ status: 200, body: { data: { state: 'cancelled' } } })
    const again = await alice('DELETE', `${botsUrl}/${body.data.id}`)
    expect(again).toMatchObject({ status: 200, body: { data: { endedAt: first.body.data.endedAt } } })
  })

  test('tells a bot in a call to leave', async () => {
    const { body } = await alice('POST', botsUrl, { meetingUrl: meetUrl })
    await api.db.pool.query(`UPDATE meetings SET meeting_baas_id = $2, processing_status = 'recording' WHERE id = $1`, [
      body.data.id,
      newId(),
    ])
    const { status, body: after } = await alice('DELETE', `${botsUrl}/${body.data.id}`)
    expect(status).toBe(202)
    expect(after.data.leaveRequestedAt).toBe('2026-05-05T10:00:00.000Z')
    expect(api.queue.jobs.map(({ name }) => name)).toContain('leave-bot')
  })
})
