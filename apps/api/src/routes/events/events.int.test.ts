import { randomUUID } from 'node:crypto'
import type { Meeting } from '@seer/core/meetings/meeting'
import { at } from '@seer/core/testing/meetings/builders'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { FeedEvent } from './event-schema.ts'

const eventsUrl = '/api/meetingbaas/events'

let api: TestApi
let ines: ReturnType<typeof clientOf>
let bo: ReturnType<typeof clientOf>
let operator: ReturnType<typeof clientOf>
beforeAll(async () => {
  api = await openTestApi({ policy: { sharing: 'all' } })
  ines = clientOf(api.app, await api.makeKey('ines'))
  bo = clientOf(api.app, await api.makeKey('bo'))
  operator = clientOf(api.app, await api.makeKey('operator', 'admin'))
})
afterAll(() => api.close())

const newUrl = () => `https://zoom.us/j/${9e10 + Math.floor(Math.random() * 9e9)}`
const order = async (of: typeof ines, meetingUrl = newUrl()) => (await of('POST', botsUrl, { meetingUrl })).body.data
const newest = async () => Number((await operator('GET', `${eventsUrl}?all=1&limit=1000`)).body.nextCursor)

async function change(botId: string, type: 'bot_joining' | 'chat_message', parts: Partial<Meeting> = {}) {
  const before = (await api.db.meetings.find(botId)) as Meeting
  const entries = [{ type, occurredAt: at(1), data: {} }]
  await api.db.meetings.saveChange({ before, next: { ...before, ...parts }, entries, cause: 'webhook' })
}

test('a bot that was just ordered is in the answer, as the API shows it', async () => {
  const after = await newest()
  const bot = await order(ines)
  const { status, body, headers } = await ines('GET', `${eventsUrl}?after=${after}`)
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
  expect(body).toMatchObject({ nextCursor: String(after + 1), hasMore: false })
  const [event] = body.data
  expect(FeedEvent.strict().parse(event)).toMatchObject({
    id: `evt_bot_${bot.id}_1`,
    position: after + 1,
    type: 'bot_requested',
    subject: { kind: 'bot', id: bot.id, seq: 1 },
    cause: 'api',
  })
  const { timeline: _, timelineNextCursor: __, ...shown } = (await ines('GET', `${botsUrl}/${bot.id}`)).body.data
  expect(event.snapshot).toEqual(shown)
})

test('everybody gets their own events; an operator those of all users', async () => {
  const after = await newest()
  const [first, second] = [await order(ines), await order(bo)]
  const ids = async (of: typeof ines, query = '') =>
    (await of('GET', `${eventsUrl}?after=${after}${query}`)).body.data.map((event: FeedEvent) => event.subject.id)
  expect(await ids(ines)).toEqual([first.id])
  expect(await ids(bo)).toEqual([second.id])
  expect(await ids(operator)).toEqual([])
  expect(await ids(operator, '&all=1')).toEqual([first.id, second.id])
  const refused = await ines('GET', `${eventsUrl}?all=1`)
  expect([refused.status, refused.body.code]).toEqual([403, 'FORBIDDEN'])
})
type FeedEvent = { subject: { id: string }; type: string }

test('two users who share a bot get the same events, each with their own link, data and event', async () => {
  const after = await newest()
  const meetingUrl = newUrl()
  const bot = await order(ines, `${meetingUrl}?pwd=secret`)
  const shared = await bo('POST', botsUrl, { meetingUrl: `${meetingUrl}?pwd=secret`, extra: { of: 'bo' } })
  expect(shared.body.data.role).toBe('subscriber')
  await change(bot.id, 'bot_joining', { state: 'joining' })
  const last = async (of: typeof ines) => (await of('GET', `${eventsUrl}?after=${after}`)).body.data.at(-1)
  const [mine, his] = [await last(ines), await last(bo)]
  expect(his).toMatchObject({
    id: mine.id,
    position: mine.position,
    snapshot: { role: 'subscriber', extra: { of: 'bo' } },
  })
  expect(mine.snapshot).toMatchObject({ role: 'owner', extra: null, sharedWithOthers: 1, state: 'joining' })
  const { timeline: _, timelineNextCursor: __, ...shown } = (await bo('GET', `${botsUrl}/${bot.id}`)).body.data
  // The database gives the row its time, and the snapshot is made a moment before.
  expect(his.snapshot).toEqual({ ...shown, updatedAt: expect.stringMatching(/Z$/) })
})

test('the feed is read page by page, by type and by subject', async () => {
  const after = await newest()
  const bot = await order(ines)
  await order(ines)
  await change(bot.id, 'bot_joining')
  const types = async (query: string) =>
    (await ines('GET', `${eventsUrl}?after=${after}${query}`)).body.data.map((event: FeedEvent) => event.type)
  expect(await types('&types=bot_joining')).toEqual(['bot_joining'])
  expect(await types('&types=bot_req*,bot.bot_joining')).toEqual(['bot_requested', 'bot_requested', 'bot_joining'])
  expect(await types('&types=integration.*')).toEqual([])
  expect(await types(`&subject=bot:${bot.id.toUpperCase()}`)).toEqual(['bot_requested', 'bot_joining'])
  expect(await types(`&subject=bot:${randomUUID()}`)).toEqual([])
  const { body } = await ines('GET', `${eventsUrl}?after=${after}&limit=2`)
  expect([body.data.length, body.nextCursor, body.hasMore]).toEqual([2, String(after + 2), true])
})

describe('a cursor', () => {
  test('from the future is refused, because the database may be an older one', async () => {
    const { status, body } = await ines('GET', `${eventsUrl}?after=${(await newest()) + 1}`)
    expect([status, body.code]).toEqual([400, 'INVALID_CURSOR'])
    expect(body.errors[0].message).toMatch(/beyond the newest event/)
  })

  test('whose events were removed is 410, and says from where it goes on', async () => {
    await order(ines)
    const removed = await newest()
    await api.db.feed.removeBefore(new Date(Date.now() + 60_000), 1_000)
    await order(ines)
    const { status, body } = await ines('GET', `${eventsUrl}?after=${removed - 1}`)
    expect([status, body.code]).toEqual([410, 'CURSOR_TOO_OLD'])
    expect(body.detail).toContain(`go on with after=${removed}`)
    expect((await ines('GET', `${eventsUrl}?after=${removed}`)).body.data).toHaveLength(1)
    expect((await ines('GET', eventsUrl)).body.data).toHaveLength(1)
  })
})

test.each([
  ['a position that is no number', '?after=abc'],
  ['a position below 0', '?after=-1'],
  ['a fraction', '?after=1.5'],
  ['a position beyond all numbers', '?after=99999999999999999999'],
  ['a type that nobody knows', '?types=bot_jion'],
  ['a pattern with a * in the middle', '?types=bot_*_call'],
  ['no type', '?types='],
  ['a subject without a kind', `?subject=${randomUUID()}`],
  ['a subject of an unknown kind', `?subject=robot:${randomUUID()}`],
  ['a limit of 0', '?limit=0'],
  ['a limit of 1,001', '?limit=1001'],
  ['an unknown field', '?since=1'],
])('%s is refused', async (_name, query) => {
  const { status, body } = await ines('GET', `${eventsUrl}${query}`)
  expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED'])
})
