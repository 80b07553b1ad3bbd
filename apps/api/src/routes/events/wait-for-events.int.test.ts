import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { newId } from '@seer/infra/ids'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openStream } from '../../../testing/stream-client.ts'
import { clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { streamLimits } from '../../feed/stream-limits.ts'

const eventsUrl = '/api/meetingbaas/events'

/** On a busy machine everything takes longer, and only a failure takes this long. */
const patience = 10_000

let api: TestApi
let key: string
let operatorKey: string
let userId: string
beforeAll(async () => {
  api = await openTestApi({ options: { streams: { ...streamLimits, perUser: 2 } } })
  key = await api.makeKey('ines')
  operatorKey = await api.makeKey('operator', 'admin')
  const { rows } = await api.db.pool.query<{ id: string }>(`SELECT id FROM users WHERE name = 'ines'`)
  userId = rows[0]?.id as string
})
afterAll(() => api.close())

const get = (query: string, of = api) => clientOf(of.app, key)('GET', `${eventsUrl}?${query}`)
const newest = async () => (await api.db.feed.number()).newest

async function followers(of = api): Promise<number> {
  const { body } = await clientOf(of.app, operatorKey)('GET', '/metrics')
  return Number(/^seer_event_followers (\d+)$/m.exec(body)?.[1])
}
const untilFollowers = (count: number) => vi.waitFor(async () => expect(await followers()).toBe(count), patience)

async function claim(): Promise<string> {
  const meeting = aMeeting({ id: newId(), userId, joinKey: `meet:${newId()}` })
  const entry = { type: 'bot_requested', occurredAt: at(0), data: {}, cause: 'api' } as const
  await api.db.meetings.claim(meeting, entry, 'nobody')
  return meeting.id
}

test('a request that waits is answered when something happens', async () => {
  const after = await newest()
  const answer = get(`after=${after}&wait=25&types=bot_*`)
  await untilFollowers(1)
  const id = await claim()
  const { status, body } = await answer
  expect(status).toBe(200)
  expect(body).toMatchObject({ data: [{ subject: { id } }], hasMore: false })
  expect(Number(body.nextCursor)).toBeGreaterThan(after)
  expect(await followers()).toBe(0)
})

test('with events the answer comes at once; without, after the time, with a cursor beyond what was not asked for', async () => {
  const after = await newest()
  await claim()
  expect((await get(`after=${after}&wait=25`)).body.data).toHaveLength(1)
  const answer = get(`after=${after}&wait=2&types=bot_error`)
  await untilFollowers(1)
  await claim()
  const { body } = await answer
  expect(body).toEqual({ data: [], nextCursor: String(await newest()), hasMore: false })
})

test('what happens between the look and the wait is not missed', async () => {
  const after = await newest()
  const feed = Object.create(api.db.feed)
  let looks = 0
  feed.page = async (query: Parameters<typeof api.db.feed.page>[0]) => {
    const page = await api.db.feed.page(query)
    looks += 1
    if (looks === 1) {
      await claim()
      await api.db.feed.number()
    }
    return page
  }
  const other = await openTestApi({ db: { ...api.db, feed }, feedHint: { listen: () => () => {} } })
  const { body } = await get(`after=${after}&wait=25`, other)
  expect(body.data).toHaveLength(1)
  await other.close()
})

test('a client that goes away does not wait any more, and waiting requests count as streams', async () => {
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  const waiting = Array.from({ length: 2 }, () => {
    const gone = new AbortController()
    const url = `${address}${eventsUrl}?after=0&types=bot_error&wait=25`
    return { gone, answer: fetch(url, { headers: { 'x-api-key': key }, signal: gone.signal }).catch(() => 'gone') }
  })
  await untilFollowers(2)
  expect((await get('types=bot_error&wait=1')).body.code).toBe('TOO_MANY_STREAMS')
  const stream = await openStream(`${address}${eventsUrl}/stream`, { 'x-api-key': key })
  expect(stream.status).toBe(429)
  for (const { gone } of waiting) gone.abort()
  await untilFollowers(0)
  expect(await Promise.all(waiting.map(({ answer }) => answer))).toEqual(['gone', 'gone'])
})

test('a server that stops answers those who wait', async () => {
  const other = await openTestApi({ db: api.deps.db, feedHint: api.deps.feedHint })
  const address = await other.app.listen({ port: 0, host: '127.0.0.1' })
  const answer = fetch(`${address}${eventsUrl}?types=bot_error&wait=25`, { headers: { 'x-api-key': key } })
  await vi.waitFor(async () => expect(await followers(other)).toBe(1), patience)
  await other.close()
  expect(await (await answer).json()).toMatchObject({ data: [], hasMore: false })
})

test.each(['wait=-1', 'wait=26', 'wait=x', 'wait=1.5'])('%s is refused', async (query) => {
  expect((await get(query)).body.code).toBe('VALIDATION_FAILED')
})
