import { randomUUID } from 'node:crypto'
import type { Delivery } from '@seer/core/log/deliveries/delivery'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { botsUrl, clientOf, openTestApi, type TestApi } from '../../../testing/test-api.ts'
import { DeliveryWithAttempts, WebhookDelivery } from './delivery-schema.ts'

const endpointsUrl = '/api/meetingbaas/webhook-endpoints'

let api: TestApi
let ines: ReturnType<typeof clientOf>
let bo: ReturnType<typeof clientOf>
/** An endpoint of Ines that has got three events: one delivered, one failed, one pending. */
let url: string
let deliveries: Delivery[]
beforeAll(async () => {
  api = await openTestApi()
  ines = clientOf(api.app, await api.makeKey('ines'))
  bo = clientOf(api.app, await api.makeKey('bo'))
  const order = { url: 'https://app.example.com/seer', events: ['bot_requested'] }
  const { id } = (await ines('POST', endpointsUrl, order)).body.data
  url = `${endpointsUrl}/${id}`
  for (let i = 0; i < 3; i++) {
    await ines('POST', botsUrl, { meetingUrl: `https://zoom.us/j/${9e10 + Math.floor(Math.random() * 9e9)}` })
  }
  await api.db.feed.number()
  const { now } = api.clock
  await api.db.deliveries.fanOut(now, 1_000)
  const leaseUntil = new Date(now.getTime() + 60_000)
  deliveries = await api.db.deliveries.claim(id, { now, leaseUntil, limit: 10 })
  const attempt = { at: now, number: 1, durationMs: 12, answer: 'no', problem: null, detail: null }
  const [first, second, third] = deliveries as [Delivery, Delivery, Delivery]
  await api.db.deliveries.settle(
    [
      { delivery: first, attempt: { ...attempt, status: 200 }, state: 'delivered', dueAt: null },
      { delivery: second, attempt: { ...attempt, status: 500 }, state: 'failed', dueAt: null },
      { delivery: third, attempt: { ...attempt, status: 500 }, state: 'pending', dueAt: leaseUntil },
    ],
    now,
  )
})
afterAll(() => api.close())

const idOf = (index: number) => (deliveries[index] as Delivery).id
const listed = async (query: string) =>
  (await ines('GET', `${url}/deliveries${query}`)).body.data.map(({ id }: { id: string }) => id)

test('deliveries are listed with the ids of their events, newest first, page by page', async () => {
  const { body } = await ines('GET', `${url}/deliveries?limit=2`)
  const page = body.data.map((delivery: unknown) => WebhookDelivery.strict().parse(delivery))
  expect(page.map(({ id }: { id: string }) => id)).toEqual([idOf(2), idOf(1)])
  expect(page[0]).toMatchObject({ type: 'bot_requested', state: 'pending', attempts: 1, lastStatus: 500 })
  const { subject } = page[0]
  expect(page[0].eventId).toBe(`evt_bot_${subject.id}_${subject.seq}`)
  const rest = await ines('GET', `${url}/deliveries?limit=2&cursor=${body.nextCursor}`)
  expect(rest.body).toEqual({ data: [expect.objectContaining({ id: idOf(0), nextAttemptAt: null })] })
})

test('they are found by state, and are held while the endpoint is paused', async () => {
  expect(await listed('?state=failed,delivered')).toEqual([idOf(1), idOf(0)])
  expect(await listed('?state=held')).toEqual([])
  await ines('PATCH', url, { paused: true })
  expect(await listed('?state=held')).toEqual([idOf(2)])
  expect(await listed('?state=pending')).toEqual([])
  await ines('PATCH', url, { paused: false })
  expect(await listed('?until=2020-01-01T00:00:00Z')).toEqual([])
})

test('one is shown with its attempts', async () => {
  const { body } = await ines('GET', `${url}/deliveries/${idOf(1)}`)
  expect(DeliveryWithAttempts.strict().parse(body.data)).toMatchObject({
    state: 'failed',
    attemptList: [{ number: 1, status: 500, durationMs: 12, answer: 'no', problem: null }],
  })
})

test('one, what has failed, or everything is sent again, and the job is started', async () => {
  api.queue.jobs.splice(0)
  const retried = await ines('POST', `${url}/deliveries/${idOf(0)}/retry`)
  expect([retried.status, retried.body.data]).toEqual([202, expect.objectContaining({ state: 'pending', attempts: 0 })])
  const since = '2020-01-01T00:00:00Z'
  expect((await ines('POST', `${url}/recover`, { since })).body.data).toEqual({ recovered: 1 })
  expect(api.queue.jobs.map(({ name }) => name)).toEqual(['deliver-events', 'deliver-events'])
  const replayed = await ines('POST', `${url}/replay`, { after: 0 })
  expect([replayed.status, replayed.body.data]).toEqual([202, { after: 0, upTo: expect.any(Number) }])
})

test('nobody else sees or sends them, also not by an endpoint of their own', async () => {
  const own = await bo('POST', endpointsUrl, { url: 'https://bo.example.com/', events: ['*'] })
  const bos = `${endpointsUrl}/${own.body.data.id}`
  const calls = [
    ['GET', `${url}/deliveries`],
    ['GET', `${url}/deliveries/${idOf(0)}`],
    ['GET', `${bos}/deliveries/${idOf(0)}`],
    ['POST', `${bos}/deliveries/${idOf(0)}/retry`],
    ['POST', `${url}/recover`, { since: '2020-01-01T00:00:00Z' }],
    ['POST', `${url}/replay`, { after: 0 }],
  ] as const
  for (const [method, path, body] of calls) expect([path, (await bo(method, path, body)).status]).toEqual([path, 404])
})

describe('refused are', () => {
  test.each([
    ['a cursor that is garbage', '?cursor=abc', 'INVALID_CURSOR'],
    ['a cursor beyond all numbers', '?cursor=99999999999999999999', 'INVALID_CURSOR'],
    ['an unknown state', '?state=lost', 'VALIDATION_FAILED'],
    ['a time without offset', '?since=2030-01-01T00:00:00', 'VALIDATION_FAILED'],
    ['a limit of 201', '?limit=201', 'VALIDATION_FAILED'],
  ])('%s', async (_name, query, code) => {
    const { status, body } = await ines('GET', `${url}/deliveries${query}`)
    expect([status, body.code]).toEqual([400, code])
  })

  test.each([
    ['a replay from the future', 'replay', { after: 1_000_000 }, 'INVALID_CURSOR'],
    ['a replay from a fraction', 'replay', { after: 1.5 }, 'VALIDATION_FAILED'],
    ['a replay without a position', 'replay', {}, 'VALIDATION_FAILED'],
    ['a recovery without a time', 'recover', {}, 'VALIDATION_FAILED'],
    [
      'a recovery that ends before it begins',
      'recover',
      { since: '2030-01-02T00:00:00Z', until: '2030-01-01T00:00:00Z' },
      'VALIDATION_FAILED',
    ],
  ])('%s', async (_name, path, order, code) => {
    const { status, body } = await ines('POST', `${url}/${path}`, order)
    expect([status, body.code]).toEqual([400, code])
  })

  test('a delivery that nobody knows', async () => {
    expect((await ines('POST', `${url}/deliveries/${randomUUID()}/retry`)).status).toBe(404)
  })
})
