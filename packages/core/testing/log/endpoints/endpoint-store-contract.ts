import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Endpoint } from '../../../src/log/endpoints/endpoint.ts'
import type { EndpointStore } from '../../../src/log/endpoints/endpoint-store.ts'
import { at } from '../../meetings/builders.ts'
import { anEndpoint } from './endpoint-builders.ts'

export type OpenedEndpoints = {
  endpoints: EndpointStore
  newUser: () => Promise<string>
  goneUser: () => Promise<string>
}

/** What an EndpointStore must keep, in memory as in Postgres. */
export function endpointStoreContract(open: () => Promise<OpenedEndpoints>): void {
  let stores: OpenedEndpoints
  beforeAll(async () => {
    stores = await open()
  })

  async function added(changes: Partial<Endpoint> = {}): Promise<Endpoint> {
    const endpoint = anEndpoint({ userId: await stores.newUser(), ...changes })
    expect(await stores.endpoints.add(endpoint, 1_000)).toBe('added')
    return endpoint
  }

  const full = {
    description: 'to "app"',
    events: ['bot.*', 'recording_ready'],
    filter: { calendarIds: [randomUUID()], extra: { customer: { id: 'c,{"}' }, n: 1 } },
    headerNames: ['authorization', 'x-a'],
    sealedHeaders: 'v1.aaaaaaaa.headers',
    sealedOldSecret: 'v1.aaaaaaaa.old',
    oldSecretUntil: at(5),
    state: 'disabled' as const,
    disabledBecause: 'gone' as const,
    disabledAt: at(4),
    failures: 3,
    firstFailureAt: at(1),
    lastFailureAt: at(3),
    lastSuccessAt: at(-1),
    warnedPercent: 70,
    retryAt: at(6),
  }

  test('gives an endpoint back as it was added', async () => {
    const endpoint = await added(full)
    expect(await stores.endpoints.find(endpoint.id)).toEqual({ ...endpoint, lastSeq: 1 })
    expect(await stores.endpoints.find(randomUUID())).toBeNull()
  })

  test('shows endpoints to their users, and those for all users to operators', async () => {
    const [own, ofAll, foreign] = [await added(), await added({ userId: null }), await added()]
    const user = { userId: own.userId as string, isOperator: false }
    const operator = { ...user, isOperator: true }
    const seen = async (viewer: typeof user) => {
      const found = await Promise.all([own, ofAll, foreign].map(({ id }) => stores.endpoints.findFor(viewer, id)))
      return found.map((each) => each !== null)
    }
    expect(await seen(user)).toEqual([true, false, false])
    expect(await seen(operator)).toEqual([true, true, false])
    expect((await stores.endpoints.list(user, null)).map(({ id }) => id)).toEqual([own.id])
    expect((await stores.endpoints.list(operator, null)).map(({ id }) => id)).toEqual(
      expect.arrayContaining([own.id, ofAll.id]),
    )
  })

  test('lists the newest first', async () => {
    const userId = await stores.newUser()
    const ids = []
    for (const minute of [1, 3, 2]) ids.push((await added({ userId, createdAt: at(minute) })).id)
    const listed = await stores.endpoints.list({ userId, isOperator: false }, null)
    expect(listed.map(({ id }) => id)).toEqual([ids[1], ids[2], ids[0]])
    const all = (await stores.endpoints.listAll(1_000, null)).filter((endpoint) => endpoint.userId === userId)
    expect(all).toEqual(listed)
    expect(await stores.endpoints.listAll(1_000, userId)).toEqual(listed)
    expect(await stores.endpoints.listAll(1, null)).toHaveLength(1)
  })

  test('adds an endpoint for one bot once for each URL, beside the others', async () => {
    const { endpoints, newUser, goneUser } = stores
    const userId = await newUser()
    const botId = randomUUID()
    const first = { ...anEndpoint(), userId, botId }
    expect(await endpoints.addForBot(first)).toEqual({ ...first, lastSeq: 1 })
    expect(await endpoints.addForBot({ ...first, id: randomUUID(), sealedSecret: 'other' })).toMatchObject({
      id: first.id,
      sealedSecret: first.sealedSecret,
    })
    const second = { ...first, id: randomUUID(), url: 'https://app.example.com/b', createdAt: at(1) }
    expect(await endpoints.addForBot(second)).toMatchObject({ id: second.id })
    expect(await endpoints.addForBot({ ...first, userId: await goneUser() })).toBe('no_user')
    const general = anEndpoint({ userId })
    expect(await endpoints.add(general, 1)).toBe('added')
    const listed = async (of: string | null) =>
      (await endpoints.list({ userId, isOperator: false }, of)).map(({ id }) => id)
    expect(await listed(botId)).toEqual([second.id, first.id])
    expect(await listed(null)).toEqual([general.id])
  })

  describe('add', () => {
    test('refuses more than it is told, also when they come at once', async () => {
      const userId = await stores.newUser()
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, () => stores.endpoints.add(anEndpoint({ userId }), 4)),
      )
      expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(4)
      expect(outcomes.filter((outcome) => outcome === 'too_many')).toHaveLength(2)
    })

    test('refuses a user who is gone or is being deleted', async () => {
      expect(await stores.endpoints.add(anEndpoint({ userId: await stores.goneUser() }), 4)).toBe('no_user')
    })
  })

  describe('save', () => {
    const entry = { type: 'endpoint.changed' as const, occurredAt: at(9), data: {} }
    const saving = async ({ id }: Endpoint, changes: Partial<Endpoint> = {}, entries = [entry]) => {
      const before = (await stores.endpoints.find(id)) as Endpoint
      return { before, next: { ...before, ...changes }, entries, cause: 'api' as const }
    }

    test('writes what may change, and not whose it is', async () => {
      const endpoint = await added()
      const changes = { ...full, url: 'https://new.example/', updatedAt: at(9) }
      const fixed = { userId: await stores.newUser(), createdAt: at(8), afterPosition: 5 }
      expect(await stores.endpoints.save(await saving(endpoint, { ...changes, ...fixed }))).toBe(true)
      expect(await stores.endpoints.find(endpoint.id)).toEqual({ ...endpoint, ...changes, version: 1, lastSeq: 2 })
    })

    test('refuses what was decided on an older version, and what is gone', async () => {
      const endpoint = await added()
      const first = await saving(endpoint)
      expect(await stores.endpoints.save(first)).toBe(true)
      expect(await stores.endpoints.save(first)).toBe(false)
      const second = await saving(endpoint)
      expect(await stores.endpoints.remove(endpoint.id, { at: at(10), cause: 'api' })).toBe(true)
      expect(await stores.endpoints.save(second)).toBe(false)
      expect(await stores.endpoints.remove(endpoint.id, { at: at(10), cause: 'api' })).toBe(false)
      expect(await stores.endpoints.find(endpoint.id)).toBeNull()
    })
  })

  test('lists endpoints with anything that is sealed with another key', async () => {
    const prefix = 'v1.bbbbbbbb.'
    const sealed = { sealedSecret: `${prefix}x`, sealedOldSecret: `${prefix}y`, sealedHeaders: `${prefix}z` }
    const fresh = await added(sealed)
    const stale = []
    for (const field of Object.keys(sealed)) stale.push(await added({ ...sealed, [field]: 'v1.cccccccc.x' }))
    const ids = [fresh, ...stale].map(({ id }) => id)
    const listed = (await stores.endpoints.listStale(prefix, null, 1_000)).filter(({ id }) => ids.includes(id))
    expect(listed.map(({ id }) => id)).toEqual(stale.map(({ id }) => id).sort())
    const after = await stores.endpoints.listStale(prefix, listed[0]?.id as string, 1)
    expect(after).toHaveLength(1)
    expect((after[0] as Endpoint).id > (listed[0] as Endpoint).id).toBe(true)
  })
}
