import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Delivery } from '../../../src/log/deliveries/delivery.ts'
import type { DeliveryStore, SettledDelivery } from '../../../src/log/deliveries/delivery-store.ts'
import type { Endpoint } from '../../../src/log/endpoints/endpoint.ts'
import type { EndpointStore } from '../../../src/log/endpoints/endpoint-store.ts'
import { at } from '../../meetings/builders.ts'
import { anEndpoint } from '../endpoints/endpoint-builders.ts'

/** An event to be placed in the log. */
export type NewEvent = {
  type?: string
  kind?: 'bot' | 'integration'
  subjectId?: string
  readers: string[]
  extra?: Record<string, unknown> | null
  calendarId?: string | null
}

export type OpenedDeliveries = {
  endpoints: EndpointStore
  deliveries: DeliveryStore
  newUser(): Promise<string>
  /** A calendar of the user, by the id of its integration. */
  newCalendar(userId: string): Promise<string>
  /** Gives events the next positions. @returns them */
  place(events: NewEvent[]): Promise<number[]>
}

/** What a DeliveryStore must do, in memory as in Postgres. */
export function deliveryStoreContract(open: () => Promise<OpenedDeliveries>): void {
  let stores: OpenedDeliveries
  let userId: string
  beforeEach(async () => {
    stores = await open()
    userId = await stores.newUser()
  })

  async function added(changes: Partial<Endpoint> = {}): Promise<Endpoint> {
    const endpoint = anEndpoint({ userId, ...changes })
    await stores.endpoints.add(endpoint, 1_000)
    return endpoint
  }

  /** Until nothing is left. @returns the endpoints that can get something */
  async function fannedOut(now = at(1), limit = 1_000): Promise<string[]> {
    const woken = new Set<string>()
    for (const step of [stores.deliveries.fanOut, stores.deliveries.fanOutReplays]) {
      for (let hasMore = true; hasMore; ) {
        const fanned = await step(now, limit)
        for (const id of fanned.endpointIds) woken.add(id)
        hasMore = fanned.hasMore
      }
    }
    return [...woken]
  }

  const listed = async ({ id }: Endpoint) => await stores.deliveries.list(id, {}, null, 1_000)
  const positionsOf = async (endpoint: Endpoint) => (await listed(endpoint)).map(({ position }) => position).reverse()
  const claim = ({ id }: Endpoint, now = at(2), limit = 10) =>
    stores.deliveries.claim(id, { now, leaseUntil: new Date(now.getTime() + 60_000), limit })
  const place = (...events: Partial<NewEvent>[]) =>
    stores.place(events.map((event) => ({ readers: [userId], ...event })))

  const answer = { durationMs: 12, answer: 'no', problem: null, detail: null }
  const settledAs = (
    delivery: Delivery,
    state: 'delivered' | 'failed' | 'pending',
    dueAt: Date | null = null,
  ): SettledDelivery => {
    const status = state === 'delivered' ? 200 : 500
    return { delivery, state, dueAt, attempt: { at: at(2), number: delivery.attempts + 1, status, ...answer } }
  }

  describe('fan-out', () => {
    test('an endpoint for one bot gets what happened to the bot after its position, and nothing else', async () => {
      const botId = randomUUID()
      const [before, after] = await place({ subjectId: botId }, { subjectId: botId })
      await place({}, { subjectId: botId, readers: [] })
      await fannedOut()
      const endpoint = { ...anEndpoint(), userId, botId, afterPosition: before as number }
      await stores.endpoints.addForBot(endpoint)
      const [later] = await place({ subjectId: botId }, {})
      expect(await fannedOut()).toEqual([endpoint.id])
      expect(await positionsOf(endpoint)).toEqual([after, later])
    })

    test('gives each endpoint the events that it wants, and tells who can get something', async () => {
      const [all, joining, foreign] = [
        await added(),
        await added({ events: ['bot_joining'] }),
        await added({ userId: await stores.newUser() }),
      ]
      const [first, second] = await place({ type: 'bot_requested' }, { type: 'bot_joining' })
      expect((await fannedOut()).toSorted()).toEqual([all.id, joining.id].toSorted())
      expect(await positionsOf(all)).toEqual([first, second])
      expect(await positionsOf(joining)).toEqual([second])
      expect(await positionsOf(foreign)).toEqual([])
      expect((await listed(joining))[0]).toMatchObject({
        endpointId: joining.id,
        type: 'bot_joining',
        subjectKind: 'bot',
        state: 'pending',
        attempts: 0,
        dueAt: at(1),
        createdAt: at(1),
        settledAt: null,
      })
    })

    test('goes on where it was, in batches, and gives nothing twice', async () => {
      const endpoint = await added()
      const positions = await place({}, {}, {}, {}, {})
      expect((await stores.deliveries.fanOut(at(1), 2)).hasMore).toBe(true)
      expect(await positionsOf(endpoint)).toEqual(positions.slice(0, 2))
      await fannedOut(at(1), 2)
      expect(await fannedOut(at(1))).toEqual([])
      expect(await positionsOf(endpoint)).toEqual(positions)
    })

    test('gives a new endpoint nothing from before', async () => {
      await place({})
      await fannedOut()
      const late = await added()
      const [next] = await place({})
      await fannedOut()
      expect(await positionsOf(late)).toEqual([next])
    })

    test('by users, for endpoints that get the events of all', async () => {
      const other = await stores.newUser()
      const [all, some] = [
        await added({ userId: null }),
        await added({ userId: null, filter: { userIds: [other, randomUUID()] } }),
      ]
      const [own, foreign, both] = await place({}, { readers: [other] }, { readers: [userId, other] })
      await fannedOut()
      expect(await positionsOf(all)).toEqual([own, foreign, both])
      expect(await positionsOf(some)).toEqual([foreign, both])
    })

    test('by calendars and by the customer’s own data', async () => {
      const [calendarId, otherCalendar] = [await stores.newCalendar(userId), await stores.newCalendar(userId)]
      const [ofCalendar, ofCustomer, ofBoth] = [
        await added({ filter: { calendarIds: [calendarId] } }),
        await added({ filter: { extra: { customer: { id: 1, name: 'a' } } } }),
        await added({ filter: { calendarIds: [calendarId], extra: { n: 1 } } }),
      ]
      const customer = { customer: { name: 'a', id: 1 }, other: 2 }
      const [booked, elsewhere, byHand, connected, both] = await place(
        { calendarId },
        { calendarId: otherCalendar, extra: { customer: { id: 2, name: 'a' } } },
        { extra: customer },
        { kind: 'integration', type: 'calendar_connected', subjectId: calendarId, calendarId },
        { calendarId, extra: { n: 1 } },
      )
      await fannedOut()
      expect(await positionsOf(ofCalendar)).toEqual([booked, connected, both])
      expect(await positionsOf(ofCustomer)).toEqual([byHand])
      expect(await positionsOf(ofBoth)).toEqual([both])
      expect([elsewhere]).toHaveLength(1)
    })

    test('holds what comes for endpoints that are not active, and wakes nobody who waits', async () => {
      const paused = await added({ state: 'paused' })
      const waiting = await added({ failures: 2, retryAt: at(5) })
      await place({})
      expect(await fannedOut(at(1))).toEqual([])
      expect(await positionsOf(paused)).toHaveLength(1)
      const { deliveries } = stores
      expect(await deliveries.claimDueEndpoints(at(4), at(9), 1_000)).toEqual([])
      expect(await deliveries.claimDueEndpoints(at(5), at(9), 1_000)).toEqual([waiting.id])
      expect(await deliveries.claimDueEndpoints(at(5), at(9), 1_000)).toEqual([])
    })
  })

  describe('claim', () => {
    test('takes what is due, the longest due first, and not what somebody else has', async () => {
      const endpoint = await added()
      const positions = await place({}, {}, {})
      await fannedOut()
      const first = await claim(endpoint, at(2), 2)
      expect(first.map(({ position }) => position)).toEqual(positions.slice(0, 2))
      expect((await claim(endpoint)).map(({ position }) => position)).toEqual(positions.slice(2))
      expect(await claim(endpoint)).toEqual([])
      // Its lease has run out.
      expect(await claim(endpoint, at(3), 1)).toHaveLength(1)
    })

    test('of many at once gives each delivery to one of them', async () => {
      const endpoint = await added()
      await place(...Array.from({ length: 12 }, () => ({})))
      await fannedOut()
      const claims = (await Promise.all(Array.from({ length: 6 }, () => claim(endpoint, at(2), 3)))).flat()
      expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length)
    })

    test('takes what was given back', async () => {
      const endpoint = await added()
      await place({})
      await fannedOut()
      await stores.deliveries.giveBack(await claim(endpoint), at(2))
      expect(await claim(endpoint)).toHaveLength(1)
    })
  })

  describe('settle', () => {
    test('writes the attempt, and when the next one is due', async () => {
      const endpoint = await added()
      await place({})
      await fannedOut()
      const [delivery] = (await claim(endpoint)) as [Delivery]
      await stores.deliveries.settle([settledAs(delivery, 'pending', at(7))], at(3))
      expect(await stores.deliveries.find(delivery.id)).toMatchObject({
        ...{ state: 'pending', attempts: 1, dueAt: at(7), lastStatus: 500, lastProblem: null, settledAt: null },
      })
      expect(await stores.deliveries.planNext(endpoint.id)).toEqual(at(7))
      const [again] = (await claim(endpoint, at(7))) as [Delivery]
      const gaveUp = { ...settledAs(again, 'failed'), attempt: { at: at(8), number: 2, status: null, ...answer } }
      gaveUp.attempt = {
        ...gaveUp.attempt,
        problem: 'timed_out' as never,
        answer: null as never,
        detail: 'Late.' as never,
      }
      await stores.deliveries.settle([gaveUp], at(8))
      expect(await stores.deliveries.find(delivery.id)).toMatchObject({
        ...{ state: 'failed', attempts: 2, dueAt: null, lastStatus: null, lastProblem: 'timed_out', settledAt: at(8) },
      })
      expect(await stores.deliveries.attempts(delivery.id)).toEqual([
        { at: at(2), number: 1, status: 500, ...answer },
        { at: at(8), number: 2, status: null, durationMs: 12, answer: null, problem: 'timed_out', detail: 'Late.' },
      ])
      expect(await stores.deliveries.planNext(endpoint.id)).toBeNull()
    })

    test('keeps the attempt, but changes nothing, when the lease was lost', async () => {
      const endpoint = await added()
      await place({})
      await fannedOut()
      const [lost] = (await claim(endpoint)) as [Delivery]
      const [held] = (await claim(endpoint, at(4))) as [Delivery]
      await stores.deliveries.settle([settledAs(lost, 'failed')], at(5))
      expect(await stores.deliveries.find(lost.id)).toEqual(held)
      expect(await stores.deliveries.attempts(lost.id)).toHaveLength(1)
    })
  })

  describe('sent again', () => {
    /** Three deliveries: delivered, failed at one time, failed at a later one. */
    async function ended() {
      const endpoint = await added()
      const positions: number[] = []
      for (const minute of [1, 2, 3]) {
        positions.push(...(await place({})))
        await fannedOut(at(minute))
      }
      const claimed = await claim(endpoint, at(4))
      const states = ['delivered', 'failed', 'failed'] as const
      await stores.deliveries.settle(
        claimed.map((delivery, i) => settledAs(delivery, states[i] ?? 'failed')),
        at(4),
      )
      await stores.deliveries.planNext(endpoint.id)
      return { endpoint, positions, ids: claimed.map(({ id }) => id) }
    }
    const pending = async (endpoint: Endpoint) =>
      (await stores.deliveries.list(endpoint.id, { states: ['pending'] }, null, 10)).map(({ position }) => position)

    test('one by one, at once', async () => {
      const { endpoint, ids, positions } = await ended()
      expect(await stores.deliveries.retry(ids[0] as string, at(6))).toMatchObject({ state: 'pending', attempts: 0 })
      expect(await pending(endpoint)).toEqual([positions[0]])
      expect(await stores.deliveries.claimDueEndpoints(at(6), at(9), 10)).toEqual([endpoint.id])
      expect(await stores.deliveries.retry(randomUUID(), at(6))).toBeNull()
    })

    test('what has failed in a time', async () => {
      const { endpoint, positions } = await ended()
      expect(await stores.deliveries.recover(endpoint.id, { since: at(1), until: at(3) }, at(6))).toBe(1)
      expect(await pending(endpoint)).toEqual([positions[1]])
      expect(await stores.deliveries.recover(endpoint.id, { since: at(1), until: null }, at(6))).toBe(1)
      expect(await pending(endpoint)).toEqual([positions[2], positions[1]])
      expect(await stores.deliveries.recover(endpoint.id, { since: at(1), until: null }, at(6))).toBe(0)
    })

    test('everything after a position, also from before the endpoint was made', async () => {
      const [early] = (await place({})) as [number]
      await fannedOut()
      const { endpoint, positions } = await ended()
      expect(await stores.deliveries.replay(endpoint.id, early - 1)).toBe(positions.at(-1))
      expect(await fannedOut(at(6), 2)).toEqual([endpoint.id])
      expect(await pending(endpoint)).toEqual([...positions.toReversed(), early])
      expect(await fannedOut(at(7))).toEqual([])
    })
  })

  test('what waits for another attempt comes first, with a new schedule, when its endpoint is enabled', async () => {
    const endpoint = await added()
    const [first, second] = await place({}, {})
    await fannedOut(at(1))
    const [delivery] = (await claim(endpoint, at(2), 1)) as [Delivery]
    await stores.deliveries.settle([settledAs(delivery, 'pending', at(600))], at(2))
    await stores.deliveries.resume(endpoint.id)
    const claimed = await claim(endpoint, at(5))
    expect(claimed.map(({ position, attempts }) => [position, attempts])).toEqual([
      [first, 0],
      [second, 0],
    ])
  })

  test('deliveries are listed by state and time, page by page, the newest first', async () => {
    const endpoint = await added()
    const positions: number[] = []
    for (const minute of [1, 2, 3, 4]) {
      positions.push(...(await place({})))
      await fannedOut(at(minute))
    }
    const list = async (filter: Parameters<DeliveryStore['list']>[1], before: number | null = null, limit = 10) =>
      (await stores.deliveries.list(endpoint.id, filter, before, limit)).map(({ position }) => position)
    expect(await list({}, null, 3)).toEqual(positions.slice(1).reverse())
    expect(await list({}, positions[1], 3)).toEqual([positions[0]])
    expect(await list({ since: at(2), until: at(4) })).toEqual([positions[2], positions[1]])
    const [delivery] = (await claim(endpoint, at(5), 1)) as [Delivery]
    await stores.deliveries.settle([settledAs(delivery, 'delivered')], at(5))
    expect(await list({ states: ['delivered', 'failed'] })).toEqual([positions[0]])
    expect(await list({ states: ['pending'] })).toEqual(positions.slice(1).reverse())
    expect(await stores.deliveries.countPending([endpoint.id, randomUUID()])).toEqual(new Map([[endpoint.id, 3]]))
    expect(await stores.deliveries.removeSettled(at(5), 10)).toBe(0)
    expect(await stores.deliveries.removeSettled(at(6), 10)).toBe(1)
    expect(await list({ states: ['delivered'] })).toEqual([])
  })
}
