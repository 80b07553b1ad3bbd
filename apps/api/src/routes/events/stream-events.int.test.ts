import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Meeting } from '@seer/core/meetings/meeting'
import { aMeeting, at } from '@seer/core/testing/meetings/builders'
import { newId } from '@seer/infra/ids'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openStream, type StreamClient } from '../../../testing/stream-client.ts'
import { clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { streamLimits } from '../../feed/stream-limits.ts'

const eventsUrl = '/api/meetingbaas/events'

/** On a busy machine everything takes longer, and only a failure takes this long. */
const patience = 10_000

let api: TestApi
let address: string
let key: string
let userId: string
let operatorKey: string
beforeAll(async () => {
  api = await openTestApi()
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  key = await api.makeKey('ines')
  operatorKey = await api.makeKey('operator', 'admin')
  userId = await idOf('ines')
})
afterAll(() => api.close())

const streams: StreamClient[] = []
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.close()
  // A stream that left something behind would fail the next test.
  await vi.waitUntil(async () => (await followers()) === 0, patience)
})

async function idOf(name: string): Promise<string> {
  const { rows } = await api.db.pool.query<{ id: string }>('SELECT id FROM users WHERE name = $1', [name])
  return rows[0]?.id as string
}

async function open(query = '', headers: Record<string, string> = {}, at = address): Promise<StreamClient> {
  const stream = await openStream(`${at}${eventsUrl}/stream?${query}`, { 'x-api-key': key, ...headers })
  streams.push(stream)
  return stream
}

async function followers(of = api): Promise<number> {
  const { body } = await clientOf(of.app, operatorKey)('GET', '/metrics')
  return Number(/^seer_event_followers (\d+)$/m.exec(body)?.[1])
}

const newest = async () => (await api.db.feed.number()).newest
const positions = (stream: StreamClient) => stream.events().map(({ id }) => id)
const untilCount = (stream: StreamClient, count: number) =>
  vi.waitFor(() => expect(stream.events().length).toBeGreaterThanOrEqual(count), patience)
const range = (after: number, count: number) => Array.from({ length: count }, (_, i) => after + i + 1)

async function claim(owner = userId): Promise<Meeting> {
  const meeting = aMeeting({ id: newId(), userId: owner, joinKey: `meet:${newId()}` })
  const entry = { type: 'bot_requested', occurredAt: at(0), data: {}, cause: 'api' } as const
  await api.db.meetings.claim(meeting, entry, 'nobody')
  return (await api.db.meetings.find(meeting.id)) as Meeting
}

/** Writes twelve megabytes of events, more than sockets hold. */
const floodSize = 600
async function flood(): Promise<void> {
  const before = await claim()
  const data = { text: 'x'.repeat(20_000) }
  const entries = Array.from({ length: floodSize - 1 }, () => ({
    type: 'chat_message' as const,
    occurredAt: at(1),
    data,
  }))
  await api.db.meetings.saveChange({ before, next: before, entries, cause: 'webhook' })
}

test('a stream replays what happened and follows what happens, in the words of the feed', async () => {
  const after = await newest()
  const first = await claim()
  const stream = await open(`after=${after}`)
  expect(stream.status).toBe(200)
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'referrer-policy': 'no-referrer',
  })
  await untilCount(stream, 1)
  const second = await claim()
  await untilCount(stream, 2)
  expect(stream.text()).toMatch(/^retry: 3000\n\nid: /)
  const { body } = await clientOf(api.app, key)('GET', `${eventsUrl}?after=${after}`)
  expect(stream.events().map(({ data }) => data)).toEqual(body.data)
  expect(stream.events()).toMatchObject([
    { id: after + 1, type: 'bot_requested', data: { subject: { id: first.id } } },
    { id: after + 2, type: 'bot_requested', data: { subject: { id: second.id } } },
  ])
})

test('the headers come at once, although nothing happens', async () => {
  const stream = await open(`after=${await newest()}`)
  await vi.waitFor(() => expect(stream.text()).toBe('retry: 3000\n\n'), patience)
})

test('nothing is missing and nothing comes twice, whenever streams begin while others write', async () => {
  const after = await newest()
  const count = 300
  let written = 0
  const write = async () => {
    while (written < count) {
      written += 1
      await claim()
    }
  }
  const follow = async () => {
    const opened: StreamClient[] = []
    while (written < count && opened.length < 15) opened.push(await open(`after=${after}`))
    return opened
  }
  const [opened] = await Promise.all([follow(), write(), write(), write()])
  expect(opened.length).toBeGreaterThan(5)
  for (const stream of opened) {
    await untilCount(stream, count)
    expect(positions(stream)).toEqual(range(after, count))
  }
})

test('types, subject and user narrow what is replayed and what follows', async () => {
  const after = await newest()
  const bo = await api.makeKey('bo')
  const [own, others] = [await claim(), await claim(await idOf('bo'))]
  const change = async (of: Meeting) => {
    const before = (await api.db.meetings.find(of.id)) as Meeting
    const entries = [{ type: 'bot_joining' as const, occurredAt: at(1), data: {} }]
    await api.db.meetings.saveChange({ before, next: before, entries, cause: 'webhook' })
  }
  await change(own)
  const byType = await open(`after=${after}&types=bot_joining`)
  const bySubject = await open(`after=${after}&subject=bot:${others.id}&all=1`, { 'x-api-key': operatorKey })
  const bos = await open(`after=${after}`, { 'x-api-key': bo })
  const all = await open(`after=${after}&all=1&types=bot.*`, { 'x-api-key': operatorKey })
  await untilCount(all, 3)
  await change(others)
  await change(own)
  await untilCount(all, 5)
  const told = (stream: StreamClient) => stream.events().map(({ type, data }) => [type, data.subject.id])
  const [mine, joined] = [(of: Meeting) => ['bot_requested', of.id], (of: Meeting) => ['bot_joining', of.id]]
  expect(told(byType)).toEqual([joined(own), joined(own)])
  expect(told(bySubject)).toEqual([mine(others), joined(others)])
  expect(told(bos).slice(-2)).toEqual([mine(others), joined(others)])
  expect(told(all)).toEqual([mine(own), mine(others), joined(own), joined(others), joined(own)])
})

test('every reader of a shared bot gets it as they see it', async () => {
  const after = await newest()
  const shared = await openTestApi({ db: api.deps.db, feedHint: api.deps.feedHint, policy: { sharing: 'all' } })
  const cy = await api.makeKey('cy')
  const at = await shared.app.listen({ port: 0, host: '127.0.0.1' })
  const [mine, theirs] = [await open(`after=${after}`, {}, at), await open(`after=${after}`, { 'x-api-key': cy }, at)]
  const meetingUrl = 'https://zoom.us/j/91234567890'
  await clientOf(shared.app, key)('POST', '/api/meetingbaas/bots', { meetingUrl })
  await clientOf(shared.app, cy)('POST', '/api/meetingbaas/bots', { meetingUrl, extra: { of: 'cy' } })
  await untilCount(mine, 2)
  await untilCount(theirs, 1)
  const last = (stream: StreamClient) => stream.events().at(-1)?.data
  expect(last(mine)).toMatchObject({ type: 'subscriber_joined', snapshot: { role: 'owner', extra: null } })
  expect(last(theirs)).toMatchObject({
    type: 'subscriber_joined',
    snapshot: { role: 'subscriber', extra: { of: 'cy' } },
  })
  await shared.close()
})

describe('where a stream begins', () => {
  test('the id of the last event counts before the address, which stays the same when a browser comes back', async () => {
    const after = await newest()
    await claim()
    await claim()
    const stream = await open(`after=${after}`, { 'last-event-id': String(after + 1) })
    await untilCount(stream, 1)
    expect(positions(stream)).toEqual([after + 2])
  })

  test.each([
    ['garbage', 'after=abc', {}, 400, 'VALIDATION_FAILED'],
    ['garbage in the header', '', { 'last-event-id': '1;2' }, 400, 'VALIDATION_FAILED'],
    ['the future', 'after=999999999', {}, 400, 'INVALID_CURSOR'],
    ['an unknown field', 'since=1', {}, 400, 'VALIDATION_FAILED'],
    ['all users without the scope', 'all=1', {}, 403, 'FORBIDDEN'],
  ])('%s is refused', async (_name, query, headers, status, code) => {
    const stream = await open(query, headers as Record<string, string>)
    await stream.ended
    expect([stream.status, JSON.parse(stream.text()).code]).toEqual([status, code])
  })

  test('a position whose events were removed is 410', async () => {
    const own = await openTestApi()
    const at = await own.app.listen({ port: 0, host: '127.0.0.1' })
    const eva = { 'x-api-key': await own.makeKey('eva') }
    await own.db.feed.number()
    await own.db.feed.removeBefore(new Date(Date.now() + 60_000), 1_000)
    const stream = await open('after=0', eva, at)
    await stream.ended
    expect([stream.status, JSON.parse(stream.text()).code]).toEqual([410, 'CURSOR_TOO_OLD'])
    await own.close()
  })
})

/** A second process on the same database. */
async function another(overrides: Parameters<typeof openTestApi>[0] = {}) {
  const other = await openTestApi({ db: api.deps.db, feedHint: api.deps.feedHint, ...overrides })
  return { other, at: await other.app.listen({ port: 0, host: '127.0.0.1' }) }
}
const limited = (limits: Partial<typeof streamLimits>) => ({ options: { streams: { ...streamLimits, ...limits } } })

test('what is handed out to others while a stream reads its own pages is not missed, and not sent twice', async () => {
  const after = await newest()
  const feed = Object.create(api.db.feed)
  const { other, at } = await another({ db: { ...api.db, feed } })
  const observer = await open(`after=${after}`, {}, at)
  await claim()
  await untilCount(observer, 1)
  let pages = 0
  feed.page = async (query: Parameters<typeof api.db.feed.page>[0]) => {
    const page = await api.db.feed.page(query)
    pages += 1
    await claim()
    await untilCount(observer, 1 + pages)
    return page
  }
  const stream = await open(`after=${after}`, {}, at)
  await untilCount(stream, 3)
  expect(pages).toBe(2)
  expect(positions(stream)).toEqual(range(after, 3))
  await other.close()
})

describe('several processes', () => {
  test('a stream at one gets what another writes, and may go on from what it saw elsewhere', async () => {
    const { other, at } = await another()
    const here = await open(`after=${await newest()}`)
    const there = await open(`after=${await newest()}`, {}, at)
    await claim()
    await untilCount(here, 1)
    await untilCount(there, 1)
    expect(positions(there)).toEqual(positions(here))
    await other.close()
  })

  test('a stream that saw more elsewhere than this process knows gets nothing again', async () => {
    const hints = new Set<() => void>()
    const feedHint = { listen: (onHint: () => void) => (hints.add(onHint), () => void hints.delete(onHint)) }
    const { other, at } = await another({ feedHint, ...limited({ lookEvery: 60_000 }) })
    const after = await newest()
    const idle = await open(`after=${after}&types=bot_error`, {}, at)
    await vi.waitFor(() => expect(idle.text()).toBe('retry: 3000\n\n'), patience)
    await claim()
    await claim()
    await newest()
    const stream = await open(`after=${after + 1}`, {}, at)
    for (const hint of hints) hint()
    await untilCount(stream, 1)
    expect(positions(stream)).toEqual([after + 2])
    await other.close()
  })

  test('without hints the stream is only later', async () => {
    const { other, at } = await another({ feedHint: { listen: () => () => {} }, ...limited({ lookEvery: 50 }) })
    const stream = await open(`after=${await newest()}`, {}, at)
    await claim()
    await untilCount(stream, 1)
    await claim()
    await untilCount(stream, 2)
    await other.close()
  })

  test('a database that fails for a moment ends no stream', async () => {
    const feed = Object.create(api.db.feed)
    let isDown = false
    feed.number = async () => {
      if (isDown) throw new Error('The database is down.')
      return await api.db.feed.number()
    }
    const { other, at } = await another({ db: { ...api.db, feed }, ...limited({ lookEvery: 20 }) })
    const stream = await open(`after=${await newest()}`, {}, at)
    isDown = true
    await claim()
    await vi.waitFor(() => expect(other.logged.join('')).toContain('feed.read_failed'), patience)
    isDown = false
    await untilCount(stream, 1)
    await other.close()
  })
})

describe('limits', () => {
  test('a user may have so many streams, and a process, too', async () => {
    const { other, at } = await another(limited({ perUser: 2, perProcess: 3 }))
    const opened = [await open('', {}, at), await open('', {}, at)]
    const refused = await open('', {}, at)
    await refused.ended
    expect([refused.status, JSON.parse(refused.text()).code]).toEqual([429, 'TOO_MANY_STREAMS'])
    await open('', { 'x-api-key': operatorKey }, at)
    const full = await open('', { 'x-api-key': operatorKey }, at)
    await full.ended
    expect([full.status, JSON.parse(full.text()).code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    opened[0]?.close()
    await vi.waitFor(async () => expect((await open('', {}, at)).status).toBe(200), patience)
    await other.close()
  })

  test('a silent stream shows that it lives, and moves the cursor of its reader', async () => {
    const { other, at } = await another(limited({ heartbeatEvery: 20 }))
    const stream = await open(`after=${await newest()}&types=bot_error`, {}, at)
    await claim()
    const position = await newest()
    await vi.waitFor(() => expect(stream.text()).toContain(`: heartbeat\nid: ${position}\n\n`), patience)
    expect(stream.events()).toEqual([])
    await other.close()
  })

  test('a stream ends after its longest life, and its reader goes on with the next one', async () => {
    const { other, at } = await another(limited({ longest: 50 }))
    const stream = await open(`after=${await newest()}`, {}, at)
    await stream.ended
    expect(stream.text()).toBe('retry: 3000\n\n')
    await other.close()
  })

  test.each([
    ['takes nothing for too long', { blockedAtMost: 100, waitingAtMost: 1e9 }],
    ['is too far behind', { blockedAtMost: 1e6, waitingAtMost: 100_000 }],
  ])('a client that %s is cut off, and goes on where it was', async (_name, limits) => {
    const { other, at } = await another(limited(limits))
    const after = await newest()
    const slow = await open(`after=${after}`, {}, at)
    slow.pause()
    await flood()
    await vi.waitFor(async () => expect(await followers(other)).toBe(0), patience)
    slow.resume()
    await slow.ended
    const again = await open(`after=${positions(slow).at(-1) ?? after}`, {}, at)
    await untilCount(again, floodSize - positions(slow).length)
    expect([...positions(slow), ...positions(again)]).toEqual(range(after, floodSize))
    await other.close()
  })
})

describe('clients that go away', () => {
  test('leave nothing behind, also when their connection was full', async () => {
    const { other, at } = await another(limited({ waitingAtMost: 1e9 }))
    const sockets: Socket[] = []
    other.app.server.on('connection', (socket) => sockets.push(socket))
    const untilFull = (count: number) =>
      vi.waitFor(() => expect(sockets.filter((socket) => socket.writableNeedDrain)).toHaveLength(count), patience)
    const after = await newest()
    const [idle, following] = [await open('types=bot_error', {}, at), await open(`after=${after}`, {}, at)]
    following.pause()
    await flood()
    await untilFull(1)
    const replaying = await open(`after=${after}`, {}, at)
    replaying.pause()
    await untilFull(2)
    expect(await followers(other)).toBe(3)
    for (const stream of [idle, following, replaying]) stream.close()
    await vi.waitFor(async () => expect(await followers(other)).toBe(0), patience)
    await other.close()
  })

  test('a server that stops ends all streams, the full ones as well', async () => {
    const { other, at } = await another()
    const after = await newest()
    const [stream, full] = [await open(`after=${after}`, {}, at), await open(`after=${after}`, {}, at)]
    full.pause()
    await flood()
    await untilCount(stream, floodSize)
    await other.close()
    full.resume()
    await Promise.all([stream.ended, full.ended])
  })

  test('a server that stops does not wait for a connection on which nothing was sent', async () => {
    const { other, at } = await another()
    const silent = connect(Number(new URL(at).port), '127.0.0.1')
    await once(silent, 'connect')
    const closed = once(silent, 'close')
    silent.on('error', () => {})
    silent.resume()
    await other.close()
    await closed
  })
})
