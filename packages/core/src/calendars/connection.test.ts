import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { calendarWorld } from '../../testing/calendars/calendar-world.ts'
import { PermanentError, PostponedError, RetryableError } from '../basics/errors.ts'
import { checkCalendar } from './connection/check-calendar.ts'
import { checkCalendars } from './connection/check-calendars.ts'
import { disconnectCalendar, requestDisconnect } from './connection/disconnect-calendar.ts'
import { setUpCalendar } from './connection/setup-calendar.ts'
import { actionFor } from './integration.ts'
import { requestSync } from './sync/request-sync.ts'
import { syncCalendar } from './sync/sync-calendar.ts'
import { syncCalendars } from './sync/sync-calendars.ts'

const context = { signal: new AbortController().signal, progress: () => {} }
const away = new RetryableError('VENDOR_UNAVAILABLE')
const hour = 3_600_000
const postponed = new PostponedError('VENDOR_RATE_LIMITED', { delayMs: hour })

async function setUp(calendars = 1) {
  const world = calendarWorld()
  const userId = randomUUID()
  const ids: string[] = []
  for (let i = 0; i < calendars; i++) {
    const refreshToken = `token-${i}`
    world.vendor.addAccount({ email: `ines${i}@acme.test`, refreshToken })
    ids.push((await setUpCalendar(world.deps, { userId, provider: 'google', refreshToken })).integration.id)
    world.pass(1)
  }
  const [id = ''] = ids
  world.enqueued.length = 0
  return {
    ...world,
    userId,
    id,
    ids,
    calendar: () => world.vendor.calendars[0] as (typeof world.vendor.calendars)[0],
    check: () => checkCalendar(world.deps, { integrationId: id }),
    sync: (integrationId = id) => syncCalendar(world.deps, { integrationId }, context),
  }
}

describe('the check of a connection', () => {
  test.each([
    ['revoked', 'reconnect'],
    ['permission_denied', 'grant_permission'],
  ] as const)('announces %s once, says what to do, and stops reading', async (status, action) => {
    const { check, calendar, load, id, logOf, sync, vendor } = await setUp()
    vendor.putEvent(calendar().calendarId)
    await sync()
    Object.assign(calendar(), { status, statusMessage: 'Token refresh was rejected' })
    expect([await check(), await check()]).toEqual(['checked', 'checked'])
    const stored = await load(id)
    expect(stored).toMatchObject({ status, statusMessage: 'Token refresh was rejected', sync: { nextSyncAt: null } })
    expect(actionFor(stored)).toMatchObject({ code: action })
    expect(await logOf(id)).toEqual(['calendar_connected', 'calendar_access_lost'])
    expect(await sync()).toEqual({ outcome: 'skipped' })
  })

  test('keeps the events of a calendar without access, and reads on after a reconnect', async () => {
    const { check, calendar, load, id, logOf, events, userId, deps, vendor, jobs, sync } = await setUp()
    vendor.putEvent(calendar().calendarId)
    await sync()
    calendar().status = 'revoked'
    await check()
    expect(await events.list(userId, {}, null, 10)).toHaveLength(1)
    vendor.addAccount({ email: 'ines0@acme.test', refreshToken: 'fresh' })
    await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'fresh' })
    expect(await load(id)).toMatchObject({ status: 'active', sync: { nextSyncAt: expect.any(Date) } })
    expect(jobs()).toContain('sync-calendar')
    expect(await logOf(id)).toEqual(['calendar_connected', 'calendar_access_lost', 'calendar_reconnected'])
    expect(vendor.calendars).toHaveLength(1)
  })

  test('leaves an error of the vendor’s to heal by itself and asks nothing of the user', async () => {
    const { check, calendar, load, id, logOf, sync } = await setUp()
    calendar().status = 'error'
    await check()
    const ill = await load(id)
    expect([ill.status, actionFor(ill), ill.sync.nextSyncAt === null]).toEqual(['error', null, false])
    expect((await sync()).outcome).toBe('unchanged')
    calendar().status = 'active'
    await check()
    expect(await logOf(id)).toEqual(['calendar_connected', 'calendar_error', 'calendar_recovered'])
  })

  test('does not touch a connection that is being set up again', async () => {
    const { check, calendar, load, id, integrations, now, logOf } = await setUp()
    calendar().status = 'revoked'
    await check()
    const before = await load(id)
    const next = { ...before, leaseUntil: new Date(now().getTime() + 60_000) }
    await integrations.saveChange({ before, next, entries: [], cause: 'api' })
    calendar().status = 'active'
    expect(await check()).toBe('skipped')
    expect(await logOf(id)).toEqual(['calendar_connected', 'calendar_access_lost'])
  })

  test('makes the calendar be read when access is regained', async () => {
    const { check, calendar, load, id, jobs, logOf } = await setUp()
    calendar().status = 'revoked'
    await check()
    calendar().status = 'active'
    await check()
    expect(await load(id)).toMatchObject({ status: 'active', sync: { nextSyncAt: expect.any(Date) } })
    expect(jobs()).toEqual(['sync-calendar'])
    expect((await logOf(id)).at(-1)).toBe('calendar_recovered')
  })

  test('does not undo a reconnect that came after its read', async () => {
    const { deps, calendar, load, id, logOf, vendor, userId, check } = await setUp()
    calendar().status = 'revoked'
    await check()
    vendor.addAccount({ email: 'ines0@acme.test', refreshToken: 'fresh' })
    const read = vendor.getCalendar
    vendor.getCalendar = async (calendarId) => {
      const details = await read(calendarId)
      vendor.getCalendar = read
      await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'fresh' })
      return details
    }
    await check()
    expect(await load(id)).toMatchObject({ status: 'active', sync: { nextSyncAt: expect.any(Date) } })
    expect((await logOf(id)).at(-1)).toBe('calendar_reconnected')
  })

  test('goes on when the calendar cannot be pushed, and asks for that again only hours later', async () => {
    const { deps, check, calendar, vendor, enqueued, pass } = await setUp()
    const refused = new PermanentError('CALENDAR_PERMISSION_DENIED')
    for (let i = 0; i < 48; i++) {
      calendar().subscriptionExpiresAt = null
      vendor.failNext('resubscribeCalendar', refused)
      await checkCalendars(deps, context)
      for (const _ of enqueued.splice(0)) expect(await check()).toBe('renewed')
      pass(1_800)
    }
    expect(vendor.calls.filter((call) => call === 'resubscribeCalendar').length).toBeLessThanOrEqual(9)
  })

  test('asks the user to connect a calendar again that was deleted at the vendor', async () => {
    const { check, calendar, load, id, vendor } = await setUp()
    vendor.forget(calendar().calendarId)
    expect(await check()).toBe('gone')
    const gone = await load(id)
    expect(gone).toMatchObject({ status: 'revoked', statusMessage: expect.stringContaining('no longer has') })
    // The user has not withdrawn the access.
    expect(actionFor(gone)).toMatchObject({ code: 'connect_again', message: expect.stringContaining('no longer has') })
  })

  test('changes nothing while the vendor is down', async () => {
    const { check, load, id, vendor } = await setUp()
    vendor.failNext('getCalendar', away)
    await expect(check()).rejects.toBe(away)
    expect((await load(id)).status).toBe('active')
  })

  test('renews a push subscription shortly before its end, but not when the vendor will renew it', async () => {
    const { check, calendar, now, vendor, logOf, id, load } = await setUp()
    calendar().subscriptionExpiresAt = new Date(now().getTime() + 6 * hour)
    expect(await check()).toBe('checked')
    calendar().subscriptionExpiresAt = new Date(now().getTime() + 5 * hour)
    expect(await check()).toBe('renewed')
    expect(vendor.calls.slice(-3)).toEqual(['getCalendar', 'resubscribeCalendar', 'getCalendar'])
    expect((await logOf(id)).at(-1)).toBe('calendar_subscription_renewed')
    expect((await load(id)).subscriptionExpiresAt).toEqual(calendar().subscriptionExpiresAt)
  })

  test('also makes the vendor read what it missed after a lapse', async () => {
    const { check, calendar, now, vendor } = await setUp()
    calendar().subscriptionExpiresAt = new Date(now().getTime() - 1)
    expect(await check()).toBe('renewed')
    expect(vendor.calls.slice(-4)).toEqual(['getCalendar', 'resubscribeCalendar', 'syncCalendar', 'getCalendar'])
  })
})

describe('a calendar that the vendor has stopped reading', () => {
  test('is found in the vendor’s list and read there again, although its connection looks fine', async () => {
    const { deps, check, calendar, now, vendor, enqueued, pass, id } = await setUp()
    await check()
    pass(7 * 3_600)
    Object.assign(calendar(), { syncedAt: new Date(now().getTime() - 4 * hour) })
    await checkCalendars(deps, context)
    expect(enqueued).toEqual([{ name: 'check-calendar', payload: { integrationId: id } }])
    expect(await check()).toBe('read_again')
    expect(vendor.calls.slice(-2)).toEqual(['getCalendar', 'syncCalendar'])
    expect(await check()).toBe('checked')
  })
})

describe('the check of all connections', () => {
  test('reads pages and not single calendars, and checks only those that differ', async () => {
    const { deps, vendor, enqueued, ids, pass } = await setUp(4)
    for (const integrationId of ids) await checkCalendar(deps, { integrationId })
    pass(3_600)
    const from = vendor.calls.length
    expect(await checkCalendars(deps, context)).toEqual({ calendars: 4, listCalls: 1, toCheck: 0 })
    expect(vendor.calls.slice(from)).toEqual(['listCalendars'])
    const [a, b, c, d] = vendor.calendars.map((calendar) => calendar)
    Object.assign(a ?? {}, { status: 'revoked' })
    Object.assign(b ?? {}, { status: 'error' })
    vendor.forget(c?.calendarId ?? '')
    await checkCalendars(deps, context)
    const checked = enqueued.map(({ payload }) => payload['integrationId'])
    expect(checked.sort()).toEqual(ids.slice(0, 3).sort())
    expect(d?.status).toBe('active')
  })

  test('checks every connection once a day, and renews subscriptions in time', async () => {
    const { deps, id, enqueued, pass, calendar, now } = await setUp()
    calendar().subscriptionExpiresAt = new Date(now().getTime() + 10 * hour)
    await checkCalendar(deps, { integrationId: id })
    pass(4 * 3_600)
    calendar().syncedAt = now()
    await checkCalendars(deps, context)
    expect(enqueued).toEqual([])
    pass(3_600)
    await checkCalendars(deps, context)
    expect(enqueued).toEqual([{ name: 'check-calendar', payload: { integrationId: id } }])
    await checkCalendar(deps, { integrationId: id })
    enqueued.length = 0
    pass(25 * 3_600)
    await checkCalendars(deps, context)
    expect(enqueued).toHaveLength(1)
  })
})

describe('disconnecting', () => {
  test('deletes the calendar at the vendor, and our row with its events', async () => {
    const { deps, id, vendor, calendar, integrations, events, userId, sync, enqueued } = await setUp()
    vendor.putEvent(calendar().calendarId)
    await sync()
    await requestDisconnect(deps, { integrationId: id })
    expect(await integrations.list(userId)).toEqual([])
    expect(await integrations.find(id)).toMatchObject({ refreshToken: null, sync: { nextSyncAt: null } })
    expect(enqueued.at(-1)).toEqual({ name: 'disconnect-calendar', payload: { integrationId: id, round: 0 } })
    expect(await disconnectCalendar(deps, { integrationId: id })).toBe('disconnected')
    expect([vendor.calendars.length, await integrations.find(id)]).toEqual([0, null])
    expect(await events.list(userId, {}, null, 10)).toEqual([])
    expect(await disconnectCalendar(deps, { integrationId: id })).toBe('already_done')
  })

  test('is finished by the sweep when the vendor was down, or had no such calendar', async () => {
    const { deps, id, vendor, calendar, integrations, settle } = await setUp()
    await requestDisconnect(deps, { integrationId: id })
    vendor.failNext('deleteCalendar', away)
    await expect(disconnectCalendar(deps, { integrationId: id })).rejects.toBe(away)
    vendor.forget(calendar().calendarId)
    await settle()
    expect(await integrations.find(id)).toBeNull()
  })

  test('is tried again within about a minute after a failure, and does not block a new setup', async () => {
    const { deps, id, vendor, load, userId, calendar } = await setUp()
    await requestDisconnect(deps, { integrationId: id })
    vendor.failNext('deleteCalendar', away)
    await expect(disconnectCalendar(deps, { integrationId: id })).rejects.toBe(away)
    expect(await load(id)).toMatchObject({ leaseUntil: null })
    await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'token-0' })
    expect([(await load(id)).status, calendar().status]).toEqual(['active', 'active'])
  })

  test('waits as long as it is told without more and more jobs', async () => {
    const { deps, id, load, now } = await setUp()
    await requestDisconnect(deps, { integrationId: id })
    const busy = { ...deps, limits: { ...deps.limits, takeWriteSlot: () => Promise.reject(postponed) } }
    await expect(disconnectCalendar(busy, { integrationId: id })).rejects.toBe(postponed)
    expect(((await load(id)).dueAt as Date).getTime() - now().getTime()).toBeGreaterThan(postponed.delayMs)
  })

  test('never deletes a connection that may not be ours', async () => {
    const { deps, vendor, settle, integrations } = await setUp(0)
    const userId = randomUUID()
    const account = vendor.addAccount({ email: 'ines@acme.test', refreshToken: 'token' })
    account.calendars.push({ id: 'team@acme.test', name: 'Team', email: 'ines@acme.test', isPrimary: false })
    const strangers = await vendor.createCalendar({ provider: 'google', refreshToken: 'token' }, 'team@acme.test')
    Object.assign(vendor.calendar(strangers.calendarId), { createdAt: new Date(0) })
    const told = vendor.getCalendar
    vendor.getCalendar = async (id) => ({ ...(await told(id)), externalCalendarId: null }) as never
    vendor.failNext('createCalendar', new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true }))
    const { integration } = await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'token' })
    await requestDisconnect(deps, { integrationId: integration.id })
    await settle()
    expect(await integrations.find(integration.id)).toBeNull()
    expect(vendor.calendars.map(({ calendarId }) => calendarId)).toEqual([strangers.calendarId])
  })

  test('leaves nothing at the vendor after a setup whose answer was lost', async () => {
    const { deps, vendor, settle, integrations } = await setUp(0)
    const userId = randomUUID()
    vendor.addAccount({ email: 'ines@acme.test', refreshToken: 'token' })
    vendor.failNext('createCalendar', new RetryableError('VENDOR_TIMEOUT', { outcomeUnknown: true }), 'after')
    const { integration } = await setUpCalendar(deps, { userId, provider: 'google', refreshToken: 'token' })
    await requestDisconnect(deps, { integrationId: integration.id })
    await settle()
    expect([vendor.calendars.length, await integrations.find(integration.id)]).toEqual([0, null])
  })
})

describe('syncs of many calendars', () => {
  test('start one job each, the longest due first, and none twice', async () => {
    const { deps, enqueued, ids, sync, pass } = await setUp(3)
    for (const id of [...ids].reverse()) {
      await sync(id)
      pass(1)
    }
    pass(151)
    expect(await syncCalendars(deps, context)).toEqual({ enqueued: 3 })
    expect(enqueued.map(({ payload }) => payload['integrationId'])).toEqual([...ids].reverse())
    expect(await syncCalendars(deps, context)).toEqual({ enqueued: 0 })
    pass(151)
    expect(await syncCalendars(deps, context)).toEqual({ enqueued: 3 })
  })

  test('go on when one fails', async () => {
    const { deps, ids, sync, vendor, pass, load } = await setUp(2)
    vendor.failNext('listEvents', away)
    await expect(sync(ids[0])).rejects.toBe(away)
    await sync(ids[1])
    pass(151)
    expect(await syncCalendars(deps, context)).toEqual({ enqueued: 2 })
    expect((await load(ids[1] ?? '')).sync.lastSyncedAt).not.toBeNull()
  })
})

describe('a sync on request', () => {
  test('waits until each of the caller’s calendars was read after the request', async () => {
    const { deps, userId, ids, sync, enqueued } = await setUp(2)
    await sync(ids[0])
    let polls = 0
    const pause = async () => {
      polls++
      if (polls === 2) for (const id of ids) await sync(id)
    }
    const outcome = await requestSync({ ...deps, pause }, { userId, waitMs: 5_000 })
    expect(outcome).toMatchObject({ isDone: true, integrations: [{ id: ids[0] }, { id: ids[1] }] })
    expect([polls, enqueued.length]).toEqual([2, 2])
  })

  test('says that it is not done when the time is up, and waits for no calendar without access', async () => {
    const { deps, userId, calendar, id, pass } = await setUp()
    expect(await requestSync(deps, { userId, waitMs: 300 })).toMatchObject({ isDone: false })
    calendar().status = 'revoked'
    await checkCalendar(deps, { integrationId: id })
    pass(1)
    expect(await requestSync(deps, { userId, waitMs: 0 })).toMatchObject({
      isDone: true,
      integrations: [{ status: 'revoked' }],
    })
  })

  test('does not find calendars of other users', async () => {
    const { deps, id } = await setUp()
    const userId = randomUUID()
    expect(await requestSync(deps, { userId, only: id, waitMs: 0 })).toBeNull()
    expect(await requestSync(deps, { userId, waitMs: 0 })).toEqual({ isDone: true, integrations: [] })
  })
})
