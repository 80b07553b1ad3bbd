import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { calendarWorld } from '../../../testing/calendars/calendar-world.ts'
import { PermanentError, PostponedError, RetryableError } from '../../basics/errors.ts'
import { connectCalendar } from './connect-calendar.ts'
import { requestDisconnect } from './disconnect-calendar.ts'
import { setUpCalendar } from './setup-calendar.ts'

function setUp() {
  const world = calendarWorld()
  const account = world.vendor.addAccount({ email: 'Ines@acme.test', refreshToken: 'token-1' })
  account.calendars.push({ id: 'team@acme.test', name: 'Team', email: 'ines@acme.test', isPrimary: false })
  const userId = randomUUID()
  const order = { userId, provider: 'google' as const, refreshToken: 'token-1' }
  return { ...world, account, userId, order, connect: (more = {}) => setUpCalendar(world.deps, { ...order, ...more }) }
}

const timeout = new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true })
const away = new RetryableError('VENDOR_UNAVAILABLE')

describe('setting up a calendar', () => {
  test('connects the primary calendar, seals the token, and starts the first read of events', async () => {
    const { connect, vendor, load, logOf, jobs } = setUp()
    const { outcome, isNew, integration } = await connect()
    expect([outcome, isNew]).toEqual(['connected', true])
    const [calendar] = vendor.calendars
    const stored = await load(integration.id)
    expect(stored).toMatchObject({
      status: 'active',
      calendarId: calendar?.calendarId,
      externalCalendarId: 'Ines@acme.test',
      accountEmail: 'ines@acme.test',
      refreshToken: `sealed(calendar_integrations:${stored.id}:refresh_token)token-1`,
      pendingRefreshToken: null,
      leaseUntil: null,
      dueAt: null,
      connectAttempts: 0,
    })
    expect(stored.sync.nextSyncAt).not.toBeNull()
    expect(await logOf(stored.id)).toEqual(['calendar_connected'])
    expect(jobs().sort()).toEqual(['check-calendar', 'sync-calendar'])
  })

  test.each([
    [undefined, 'Ines@acme.test'],
    ['primary', 'Ines@acme.test'],
    ['team@acme.test', 'team@acme.test'],
  ])('of rawCalendarId %s connects %s', async (rawCalendarId, chosen) => {
    const { connect, vendor } = setUp()
    await connect({ rawCalendarId })
    expect(vendor.calendars.map(({ externalCalendarId }) => externalCalendarId)).toEqual([chosen])
  })

  test('gives an existing connection the new token, and never makes a second connection', async () => {
    const { connect, vendor, account, load, logOf } = setUp()
    const first = await connect()
    account.refreshTokens.add('token-2')
    const second = await connect({ refreshToken: 'token-2' })
    expect([second.outcome, second.isNew, second.integration.id]).toEqual(['connected', false, first.integration.id])
    expect(vendor.calendars.map(({ refreshToken }) => refreshToken)).toEqual(['token-2'])
    expect((await load(first.integration.id)).refreshToken).toMatch(/token-2$/)
    expect(await logOf(first.integration.id)).toEqual(['calendar_connected', 'calendar_reconnected'])
  })

  test('makes a new connection when the vendor has forgotten the old one', async () => {
    const { connect, vendor, load } = setUp()
    const { integration } = await connect()
    vendor.forget(integration.calendarId as string)
    await connect()
    expect(vendor.calendars).toHaveLength(1)
    expect((await load(integration.id)).calendarId).toBe(vendor.calendars[0]?.calendarId)
  })

  test('makes one connection when it runs twice at the same time', async () => {
    const { connect, vendor, integrations, userId } = setUp()
    const both = await Promise.allSettled([connect(), connect()])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const refused = both.find((each) => each.status === 'rejected')
    expect(refused?.reason).toMatchObject({ code: 'CALENDAR_BUSY' })
    expect(vendor.calendars).toHaveLength(1)
    expect(await integrations.list(userId)).toHaveLength(1)
  })

  test.each([
    ['a refused token', { refreshToken: 'wrong' }, 'CALENDAR_TOKEN_REFUSED'],
    ['a calendar that the account does not have', { rawCalendarId: 'boss@acme.test' }, 'CALENDAR_NOT_FOUND'],
  ])('with %s leaves nothing behind', async (_, more, code) => {
    const { connect, integrations, userId, jobs } = setUp()
    await expect(connect(more)).rejects.toMatchObject({ code })
    expect(await integrations.list(userId)).toEqual([])
    expect(jobs()).toEqual([])
  })

  test('beyond the plan’s limit leaves nothing behind', async () => {
    const { connect, vendor, integrations, userId } = setUp()
    vendor.limit = 0
    await expect(connect()).rejects.toMatchObject({ code: 'CALENDAR_LIMIT_REACHED' })
    expect(await integrations.list(userId)).toEqual([])
  })

  test('does not change the old connection when the new token is refused at the last moment', async () => {
    const { connect, vendor, account, load } = setUp()
    const { integration } = await connect()
    const before = await load(integration.id)
    account.refreshTokens.add('token-2')
    vendor.failNext('updateCalendar', new PermanentError('CALENDAR_TOKEN_REFUSED'))
    await expect(connect({ refreshToken: 'token-2' })).rejects.toMatchObject({ code: 'CALENDAR_TOKEN_REFUSED' })
    const { version: _, updatedAt: __, ...same } = before
    expect(await load(integration.id)).toMatchObject({ ...same, name: before.name })
  })

  test('is refused when another user has connected the calendar', async () => {
    const { connect, vendor, integrations } = setUp()
    await connect()
    const other = randomUUID()
    await expect(connect({ userId: other })).rejects.toMatchObject({ code: 'CALENDAR_CONNECTED_ELSEWHERE' })
    expect(vendor.calendars).toHaveLength(1)
    expect(await integrations.list(other)).toEqual([])
  })

  test('takes slots of the shared write rate, for the list of calendars as well as for the connection', async () => {
    const { connect, deps } = setUp()
    let slots = 0
    const take = deps.limits.takeWriteSlot
    deps.limits.takeWriteSlot = async (...wanted) => {
      slots++
      return await take(...wanted)
    }
    await connect()
    expect(slots).toBe(2)
  })

  test('is accepted while the vendor is down, and finished by the job', async () => {
    const { connect, vendor, deps, load, enqueued, pass } = setUp()
    vendor.failNext('createCalendar', away)
    const { outcome, integration } = await connect()
    expect(outcome).toBe('accepted')
    expect(await load(integration.id)).toMatchObject({ status: 'connecting', leaseUntil: null })
    expect(enqueued.at(-1)).toMatchObject({ name: 'connect-calendar', payload: { integrationId: integration.id } })
    pass(5)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('connected')
    expect(await load(integration.id)).toMatchObject({ status: 'active' })
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('already_done')
    expect(vendor.calendars).toHaveLength(1)
  })

  test('adopts the vendor’s connection when the answer was lost', async () => {
    const { connect, vendor, deps, load, pass, calls } = { ...setUp(), calls: [] }
    vendor.failNext('createCalendar', timeout, 'after')
    const { outcome, integration } = await connect()
    expect([outcome, calls]).toEqual(['accepted', []])
    pass(5)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('connected')
    expect(vendor.calendars).toHaveLength(1)
    expect((await load(integration.id)).calendarId).toBe(vendor.calendars[0]?.calendarId)
  })

  test('finds the connection of a lost answer even if the vendor’s filter is case-sensitive', async () => {
    const { connect, vendor, deps, load, pass } = setUp()
    const list = vendor.listCalendars
    vendor.listCalendars = async (filter, cursor) =>
      filter.accountEmail === undefined ? await list(filter, cursor) : { items: [], nextCursor: null }
    vendor.failNext('createCalendar', timeout, 'after')
    const { integration } = await connect()
    pass(5)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('connected')
    expect(vendor.calls.filter((call) => call === 'createCalendar')).toHaveLength(1)
    expect((await load(integration.id)).calendarId).toBe(vendor.calendars[0]?.calendarId)
  })

  test('says so when it is refused after it was accepted, and can be repeated', async () => {
    const { connect, vendor, account, deps, load, logOf, pass } = setUp()
    vendor.failNext('createCalendar', away)
    const { integration } = await connect()
    account.refreshTokens.clear()
    pass(5)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('failed')
    expect(await load(integration.id)).toMatchObject({
      status: 'failed',
      lastErrorCode: 'CALENDAR_TOKEN_REFUSED',
      pendingRefreshToken: null,
      dueAt: null,
    })
    expect(await logOf(integration.id)).toEqual(['calendar_connect_failed'])
    account.refreshTokens.add('token-2')
    expect(await connect({ refreshToken: 'token-2' })).toMatchObject({ outcome: 'connected' })
    expect(await load(integration.id)).toMatchObject({ status: 'active', lastErrorCode: null })
  })

  test('waits while our API key is wrong, until it is repaired', async () => {
    const { connect, vendor, deps, load, pass } = setUp()
    vendor.failNext('createCalendar', away)
    const { integration } = await connect()
    for (let minutes = 0; minutes < 3; minutes++) {
      pass(60)
      vendor.failNext('createCalendar', new PermanentError('VENDOR_UNAUTHORIZED', { detail: 'No such key.' }))
      const waiting = { name: 'PostponedError', code: 'VENDOR_UNAUTHORIZED', delayMs: 60_000 }
      await expect(connectCalendar(deps, { integrationId: integration.id })).rejects.toMatchObject(waiting)
      expect(await load(integration.id)).toMatchObject({ status: 'connecting', lastErrorCode: null })
    }
    pass(60)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('connected')
  })

  test('runs once at a time, and a job waits for the lease of another', async () => {
    const { connect, vendor, deps, pass, load } = setUp()
    vendor.failNext('createCalendar', away)
    const { integration } = await connect()
    const mine = await load(integration.id)
    const leaseUntil = new Date(deps.now().getTime() + 60_000)
    await deps.integrations.saveChange({ before: mine, next: { ...mine, leaseUntil }, entries: [], cause: 'worker' })
    await expect(connectCalendar(deps, { integrationId: integration.id })).rejects.toBeInstanceOf(PostponedError)
    pass(61)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('connected')
  })

  test('brings back a calendar that is being disconnected', async () => {
    const { connect, deps, vendor, load, settle } = setUp()
    const { integration } = await connect()
    await requestDisconnect(deps, { integrationId: integration.id })
    expect(await connect()).toMatchObject({ outcome: 'connected' })
    await settle()
    expect(vendor.calendars).toHaveLength(1)
    expect(await load(integration.id)).toMatchObject({ status: 'active', dueAt: null })
  })

  test('adopts the only connection of the account that belongs to no row, but none of several', async () => {
    const { connect, vendor, account } = setUp()
    const grant = { provider: 'google' as const, refreshToken: 'token-1' }
    account.calendars.push({ id: 'b@acme.test', name: 'B', email: 'ines@acme.test', isPrimary: false })
    for (const id of ['Ines@acme.test', 'team@acme.test', 'b@acme.test']) await vendor.createCalendar(grant, id)
    for (const calendar of vendor.calendars) Object.assign(calendar, { hidden: calendar.externalCalendarId })
    const telling = vendor.getCalendar
    vendor.getCalendar = async (id) => {
      const details = await telling(id)
      return details && { ...details, externalCalendarId: null }
    }
    await expect(connect()).rejects.toMatchObject({ code: 'CALENDAR_AMBIGUOUS' })
    vendor.getCalendar = telling
    expect(await connect()).toMatchObject({ outcome: 'connected' })
    expect(vendor.calendars).toHaveLength(3)
  })
})

describe('setups that meet', () => {
  test('two setups of one account with lost answers each find their own connection, although the vendor names neither', async () => {
    const { connect, vendor, integrations, userId, settle } = setUp()
    const told = vendor.getCalendar
    vendor.getCalendar = async (id) => ({ ...(await told(id)), externalCalendarId: null }) as never
    vendor.failNext('createCalendar', timeout, 'after')
    vendor.failNext('createCalendar', timeout, 'after')
    await Promise.all([connect(), connect({ rawCalendarId: 'team@acme.test' })])
    await settle()
    const mine = await integrations.list(userId)
    const pairs = mine.map(({ calendarId, externalCalendarId }) => [calendarId, externalCalendarId])
    expect(mine.map(({ status }) => status)).toEqual(['active', 'active'])
    expect(pairs.sort()).toEqual(vendor.calendars.map((one) => [one.calendarId, one.externalCalendarId]).sort())
  })

  test('a refusal that comes after a deletion does not stop the deletion', async () => {
    const { connect, vendor, deps, integrations, userId, settle } = setUp()
    const create = vendor.createCalendar
    vendor.createCalendar = async (grant, id) => {
      const [{ id: integrationId } = { id: '' }] = await integrations.list(userId)
      await requestDisconnect(deps, { integrationId })
      await create(grant, id)
      throw new PermanentError('VENDOR_REJECTED')
    }
    await expect(connect()).rejects.toMatchObject({ code: 'VENDOR_REJECTED' })
    await settle()
    expect([await integrations.list(userId), vendor.calendars.length]).toEqual([[], 0])
  })

  test('an attempt that lasted longer than its lease does not disturb the setup that took over', async () => {
    const { connect, vendor, deps, load, pass } = setUp()
    vendor.failNext('createCalendar', away)
    const { integration } = await connect()
    const create = vendor.createCalendar
    vendor.createCalendar = async () => {
      vendor.createCalendar = create
      pass(200)
      await connect()
      throw new PermanentError('CALENDAR_TOKEN_REFUSED')
    }
    await connectCalendar(deps, { integrationId: integration.id })
    expect(await load(integration.id)).toMatchObject({ status: 'active', lastErrorCode: null })
  })

  test('after a lost answer and a refusal, a deletion still finds the connection', async () => {
    const { connect, vendor, deps, account, settle, pass, load } = setUp()
    vendor.failNext('createCalendar', timeout, 'after')
    const { integration } = await connect()
    account.refreshTokens.clear()
    pass(5)
    expect(await connectCalendar(deps, { integrationId: integration.id })).toBe('failed')
    expect((await load(integration.id)).connectAttempts).toBeGreaterThan(0)
    await requestDisconnect(deps, { integrationId: integration.id })
    await settle()
    expect(vendor.calendars).toEqual([])
  })
})

describe('a process that dies while it connects a calendar', () => {
  // The process may die at every call to a store or the vendor, before or after the call.
  const places = Array.from({ length: 8 }, (_, call) => [`before call ${call}`, call, 'before' as const] as const)
  const both = [...places, ...places.map(([, call]) => [`after call ${call}`, call, 'after' as const] as const)]

  test.each(both)('%s leaves one connection or none', async (_, call, when) => {
    const world = setUp()
    const mortal = mortals(world.deps, call, when)
    await setUpCalendar(mortal.deps, world.order).catch(() => {})
    await world.settle()
    const mine = await world.integrations.list(world.userId)
    expect(mine.length).toBe(world.vendor.calendars.length)
    expect(mine.every(({ status, dueAt }) => status === 'active' && dueAt === null)).toBe(true)
    // When the user tries again, the calendar is connected.
    await setUpCalendar(world.deps, world.order)
    expect(world.vendor.calendars).toHaveLength(1)
    expect(await world.integrations.list(world.userId)).toMatchObject([
      { status: 'active', calendarId: world.vendor.calendars[0]?.calendarId },
    ])
  })
})

/** Dependencies that stop answering for good at the n-th call. */
function mortals<Deps extends ReturnType<typeof calendarWorld>['deps']>(deps: Deps, fatalCall: number, when: string) {
  let calls = 0
  let isDead = false
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          const isFatal = calls++ === fatalCall
          if (isDead || (isFatal && when === 'before')) {
            isDead = true
            throw new Error('dead')
          }
          const result = await value.apply(object, given)
          if (isFatal) {
            isDead = true
            throw new Error('dead')
          }
          return result
        }
      },
    })
  return {
    deps: { ...deps, integrations: wrap(deps.integrations), vendor: wrap(deps.vendor), queue: wrap(deps.queue) },
  }
}
