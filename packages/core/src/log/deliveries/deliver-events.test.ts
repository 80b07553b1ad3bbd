import { describe, expect, test } from 'vitest'
import { fakeQueue } from '../../../testing/jobs/fake-queue.ts'
import { memoryDeliveryStore } from '../../../testing/log/deliveries/memory-delivery-store.ts'
import { anEndpoint } from '../../../testing/log/endpoints/endpoint-builders.ts'
import { memoryEndpointStore } from '../../../testing/log/endpoints/memory-endpoint-store.ts'
import { changeEndpoint } from '../endpoints/change-endpoint.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { makeSecret } from '../endpoints/secret.ts'
import type { FeedEvent } from '../feed/feed-event.ts'
import { deliverEvents } from './deliver-events.ts'
import type { Delivery } from './delivery.ts'
import { fanOut } from './fan-out.ts'
import type { WebhookAnswer, WebhookRequest } from './webhook-sender.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** A receiver, an endpoint for it, and time in the test's hands. */
function world(answers: (request: WebhookRequest, count: number) => Partial<WebhookAnswer> | Error = () => ({})) {
  const clock = { ms: Date.UTC(2030, 0, 1) }
  const now = () => new Date(clock.ms)
  const endpoints = memoryEndpointStore()
  const deliveries = memoryDeliveryStore(endpoints)
  const queue = fakeQueue<{ endpointId: string }>()
  const sent: (WebhookRequest & { at: number })[] = []
  const erased = new Set<number>()
  /** How many requests were on their way at once. */
  const traffic = { open: 0, most: 0 }
  const cipher = { seal: (text: string) => text, open: (text: string) => text }
  const endpoint = anEndpoint({ sealedSecret: makeSecret(), createdAt: now(), updatedAt: now() })
  const userId = endpoint.userId as string
  endpoints.rows.set(endpoint.id, endpoint)
  const feed = {
    number: async () => ({ removed: 0, newest: deliveries.events.length }),
    at: async (_reader: string | null, positions: readonly number[]) =>
      deliveries.events
        .filter(({ position }) => positions.includes(position) && !erased.has(position))
        .map(({ position, type, subject }): FeedEvent => {
          const times = { occurredAt: now(), recordedAt: now() }
          return {
            position,
            type,
            subject,
            ...times,
            cause: 'webhook',
            data: '{}',
            snapshot: null,
            others: 0,
            share: null,
          }
        }),
  }
  const sender = {
    async send(request: WebhookRequest): Promise<WebhookAnswer> {
      const count = sent.push({ ...request, at: clock.ms })
      traffic.most = Math.max(traffic.most, ++traffic.open)
      await Promise.resolve()
      traffic.open -= 1
      const answer = answers(request, count)
      if (answer instanceof Error) throw answer
      return { status: 200, durationMs: 5, answer: '', problem: null, detail: null, retryAfterMs: null, ...answer }
    },
  }
  const deps = { endpoints, deliveries, feed, sender, cipher, show: () => '{}', random: () => 0.5, now }
  const run = (signal = new AbortController().signal) => deliverEvents(deps, { endpointId: endpoint.id }, { signal })
  return {
    clock,
    endpoints,
    deliveries,
    queue,
    sent,
    traffic,
    erased,
    deps,
    endpoint: () => endpoints.rows.get(endpoint.id) as Endpoint,
    happens(count = 1) {
      for (let i = 0; i < count; i++) {
        const position = deliveries.events.length + 1
        const subject = { kind: 'bot' as const, id: '8f0d6a52-6f0e-4a53-9c55-0c3a1f9c1f11', seq: position }
        deliveries.events.push({
          position,
          type: 'bot_joining',
          subject,
          readers: [userId],
          extra: null,
          calendarId: null,
        })
      }
    },
    run,
    /** What the worker does, again and again until this time. */
    async passes(ms: number, step = minuteMs) {
      const end = clock.ms + ms
      for (; clock.ms <= end; clock.ms += step) {
        await fanOut({ feed, deliveries, queue, now })
        if (queue.jobs.splice(0).length > 0) await run()
      }
    },
    change: (changes: { isPaused: boolean }) =>
      changeEndpoint(
        { endpoints, deliveries, queue, cipher, now },
        { viewer: { userId, isOperator: false }, endpointId: endpoint.id, ...changes },
      ),
  }
}

const states = ({ deliveries }: ReturnType<typeof world>) => deliveries.rows.map(({ state }) => state)
const idOf = ({ headers }: WebhookRequest) => headers['webhook-id']

test('events are sent once each, with the ids of the feed, ten at a time', async () => {
  const one = world()
  one.happens(25)
  await one.passes(0)
  expect(one.sent.map(idOf)).toEqual(
    Array.from({ length: 25 }, (_, i) => `evt_bot_8f0d6a52-6f0e-4a53-9c55-0c3a1f9c1f11_${i + 1}`),
  )
  expect(one.traffic.most).toBe(10)
  expect(new Set(states(one))).toEqual(new Set(['delivered']))
  expect(one.endpoint()).toMatchObject({ failures: 0, lastSuccessAt: new Date(one.clock.ms - minuteMs) })
})

test('a delivery that fails is tried ten times in about 76 hours, and has failed then', async () => {
  const one = world((_, count) => ({ status: 500 + count, answer: 'no' }))
  one.happens()
  await one.passes(90 * hourMs)
  expect(one.sent).toHaveLength(10)
  expect(new Set(one.sent.map(idOf)).size).toBe(1)
  const [delivery] = one.deliveries.rows as [Delivery]
  expect(delivery).toMatchObject({ state: 'failed', attempts: 10, dueAt: null, lastStatus: 510 })
  const waits = one.sent.slice(1).map(({ at }, i) => Math.round((at - (one.sent[i]?.at ?? 0)) / minuteMs))
  expect(waits).toEqual([1, 5, 30, 120, 300, 600, 840, 1_200, 1_440])
  expect(await one.deliveries.attempts(delivery.id)).toHaveLength(10)
})

describe('an endpoint that fails', () => {
  test('gets one delivery at a time, and everything once it works again', async () => {
    let isBroken = true
    const one = world(() => (isBroken ? { status: null, problem: 'timed_out' } : {}))
    one.happens(40)
    await one.passes(10 * minuteMs)
    // The first ten went at once, and then one by one.
    expect(one.sent.length).toBeLessThan(25)
    const before = one.sent.length
    isBroken = false
    await one.passes(40 * minuteMs)
    expect(new Set(states(one))).toEqual(new Set(['delivered']))
    expect(one.sent.length).toBe(before + 40)
  })

  test('is announced, disabled after five days, and what it did not get is held and sent in order later', async () => {
    let isBroken = true
    const one = world(() => ({ status: isBroken ? 503 : 200 }))
    one.happens(3)
    for (let hour = 0; hour < 121; hour += 6) {
      await one.passes(6 * hourMs - minuteMs)
      one.happens()
    }
    expect(one.endpoint()).toMatchObject({ state: 'disabled', disabledBecause: 'failing' })
    expect(one.endpoints.entries.map(({ type, data }) => [type, data['percent'] ?? data['because']])).toEqual([
      ['endpoint.failing', 50],
      ['endpoint.failing', 70],
      ['endpoint.failing', 90],
      ['endpoint.disabled', 'failing'],
    ])
    const before = one.sent.length
    one.happens(5)
    await one.passes(48 * hourMs, hourMs)
    expect(one.sent).toHaveLength(before)
    const held = one.deliveries.rows.filter(({ state }) => state === 'pending')
    expect(held.length).toBeGreaterThan(10)

    isBroken = false
    await one.change({ isPaused: false })
    expect(one.queue.jobs).toEqual([{ name: 'deliver-events', payload: { endpointId: one.endpoint().id } }])
    await one.passes(minuteMs)
    const order = held.map(({ seq }) => seq).toSorted((a, b) => a - b)
    expect(one.sent.slice(before).map((request) => Number(idOf(request)?.split('_').at(-1)))).toEqual(order)
    expect(one.endpoint()).toMatchObject({ state: 'active', failures: 0, disabledBecause: null })
  })

  test('with 410 is disabled at once', async () => {
    const one = world(() => ({ status: 410 }))
    one.happens(12)
    await one.passes(hourMs)
    expect(one.endpoint()).toMatchObject({ state: 'disabled', disabledBecause: 'gone' })
    expect(one.sent).toHaveLength(10)
    expect(new Set(states(one))).toEqual(new Set(['pending']))
  })

  test('is left alone for as long as it asks', async () => {
    const one = world((_, count) => (count === 1 ? { status: 429, retryAfterMs: 3 * hourMs } : {}))
    one.happens()
    await one.passes(3 * hourMs - 5 * minuteMs)
    one.happens(5)
    await one.passes(3 * minuteMs)
    expect(one.sent).toHaveLength(1)
    await one.passes(10 * minuteMs)
    expect(new Set(states(one))).toEqual(new Set(['delivered']))
  })
})

test('a paused endpoint gets nothing, and then everything', async () => {
  const one = world()
  await one.change({ isPaused: true })
  one.happens(4)
  await one.passes(hourMs)
  expect([one.sent.length, ...states(one)]).toEqual([0, 'pending', 'pending', 'pending', 'pending'])
  await one.change({ isPaused: false })
  await one.passes(minuteMs)
  expect(one.sent).toHaveLength(4)
})

test('an event that retention has removed expires, and holds up no other', async () => {
  const one = world()
  one.happens(2)
  one.erased.add(1)
  await one.passes(0)
  expect(states(one)).toEqual(['expired', 'delivered'])
  expect(one.sent).toHaveLength(1)
})

test('a worker that stops gives back what it has not sent', async () => {
  const ending = new AbortController()
  const one = world((_, count) => {
    if (count > 2) ending.abort(new Error('the worker stops'))
    return count > 2 ? new Error('the worker stops') : {}
  })
  one.happens(4)
  await fanOut({ ...one.deps, queue: one.queue })
  await expect(one.run(ending.signal)).rejects.toThrow('the worker stops')
  expect(states(one)).toEqual(['delivered', 'delivered', 'pending', 'pending'])
  expect(one.deliveries.rows[2]).toMatchObject({ attempts: 0, dueAt: new Date(one.clock.ms) })
})

test('what attempts say about an endpoint is noted also when another of the same round breaks', async () => {
  const one = world((_, count) => (count === 1 ? { status: 500 } : new Error('a bug')))
  one.happens(2)
  await fanOut({ ...one.deps, queue: one.queue })
  await expect(one.run()).rejects.toThrow('a bug')
  expect(states(one)).toEqual(['pending', 'pending'])
  expect(one.endpoint()).toMatchObject({ failures: 1, lastFailureAt: one.deps.now() })
})

test('a replay of very many events does not hold up what happens meanwhile', async () => {
  const one = world()
  const fannedOut: number[] = []
  const fanOutReplays = async () => {
    fannedOut.push(one.deliveries.rows.length)
    one.happens()
    return { endpointIds: [], hasMore: fannedOut.length < 3 }
  }
  await fanOut({ ...one.deps, deliveries: { ...one.deliveries, fanOutReplays }, queue: one.queue })
  expect(fannedOut).toEqual([0, 1, 2])
})
