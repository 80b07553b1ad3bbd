import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Integration } from '../../src/calendars/integration.ts'
import type { NewEntry } from '../../src/log/entry.ts'
import { at } from '../meetings/builders.ts'
import { aConnectingIntegration, anEventWrite, anIntegration, anOauthFlow } from './calendar-builders.ts'
import type { CalendarStage, OpenedStores } from './calendar-stage.ts'
import { eventStoreContract } from './calendar-store-contract-events.ts'
import { syncContract } from './calendar-store-contract-sync.ts'

const connected: NewEntry<'integration'> = { type: 'calendar_connected', occurredAt: at(1), data: { calendarId: 'c' } }
const trouble = { from: 'active', to: 'error', message: null }
const failing: NewEntry<'integration'> = { type: 'calendar_error', occurredAt: at(2), data: trouble }

/** What the stores of calendars must keep, in memory as in Postgres. */
export function calendarStoreContract(open: () => Promise<OpenedStores>): void {
  const stage = {} as CalendarStage
  beforeAll(async () => {
    Object.assign(stage, await open())
    stage.added = async (changes = {}) => {
      const integration = anIntegration({ ...changes, userId: changes.userId ?? (await stage.newUser()) })
      expect(await stage.integrations.add(integration)).toBe(true)
      return integration
    }
  })
  describe('connections', () => {
    connectionContract(stage)
  })
  describe('changes of a connection', () => {
    changeContract(stage)
  })
  describe('sweeps over connections', () => {
    sweepContract(stage)
  })
  describe('syncs', () => {
    syncContract(stage)
  })
  describe('events', () => {
    eventStoreContract(stage)
  })
  describe('consents', () => {
    oauthContract(stage)
  })
}

function connectionContract(stage: CalendarStage): void {
  test('a calendar is stored whole', async () => {
    const counts = { created: 1, updated: 2, cancelled: 3, unchanged: 4, pages: 5, detailReads: 6 }
    const lastError = { lastErrorCode: 'VENDOR_TIMEOUT', lastErrorMessage: 'slow', lastErrorAt: at(9) }
    const integration = await stage.added({
      statusMessage: 'fine',
      leaseUntil: at(1),
      lastErrorCode: 'CALENDAR_BUSY',
      sync: {
        lastResult: counts,
        failures: 2,
        digest: 'abc',
        requested: 4,
        served: 3,
        lastSyncedAt: at(3),
        ...lastError,
      },
    })
    expect(await stage.integrations.find(integration.id)).toEqual(integration)
    expect(await stage.integrations.find(randomUUID())).toBeNull()
  })

  test('a user has one row per calendar, however many add it at once', async () => {
    const userId = await stage.newUser()
    const same = { userId, externalCalendarId: 'team@example.test' }
    const adds = Array.from({ length: 6 }, () => stage.integrations.add(aConnectingIntegration(same)))
    expect((await Promise.all(adds)).filter(Boolean)).toHaveLength(1)
    expect(await stage.integrations.add(aConnectingIntegration({ ...same, provider: 'microsoft' }))).toBe(true)
    expect(await stage.integrations.add(aConnectingIntegration({ ...same, userId: await stage.newUser() }))).toBe(true)
  })

  test('a calendar of the vendor has one row', async () => {
    const { calendarId } = await stage.added()
    const userId = await stage.newUser()
    expect(await stage.integrations.add(anIntegration({ userId, calendarId }))).toBe(false)
  })

  test('finds by our id, the vendor’s and the platform’s, only for the owner', async () => {
    const { integrations } = stage
    const one = await stage.added()
    const { id, userId, provider, externalCalendarId } = one
    const other = await stage.newUser()
    expect(await integrations.findForUser(userId, id)).toMatchObject({ id })
    expect(await integrations.findForUser(userId, one.calendarId as string)).toMatchObject({ id })
    expect(await integrations.findForUser(other, id)).toBeNull()
    expect(await integrations.findForUser(other, one.calendarId as string)).toBeNull()
    expect(await integrations.findExternal(userId, provider, externalCalendarId)).toMatchObject({ id })
    expect(await integrations.findExternal(userId, 'microsoft', externalCalendarId)).toBeNull()
    expect(await integrations.findExternal(other, provider, externalCalendarId)).toBeNull()
  })

  test('lists a user’s calendars, oldest first, without those that are being disconnected', async () => {
    const userId = await stage.newUser()
    const late = await stage.added({ userId, createdAt: at(5) })
    const early = await stage.added({ userId, createdAt: at(1), status: 'revoked' })
    await stage.added({ userId, status: 'disconnecting' })
    await stage.added()
    expect((await stage.integrations.list(userId)).map(({ id }) => id)).toEqual([early.id, late.id])
  })

  test('tells whether another user has connected a calendar', async () => {
    const { integrations } = stage
    const { userId, provider, externalCalendarId } = await stage.added()
    const other = await stage.newUser()
    expect(await integrations.isConnectedElsewhere(userId, provider, externalCalendarId)).toBe(false)
    expect(await integrations.isConnectedElsewhere(other, provider, externalCalendarId)).toBe(true)
    expect(await integrations.isConnectedElsewhere(other, 'microsoft', externalCalendarId)).toBe(false)
    const failed = aConnectingIntegration({ userId, status: 'failed' })
    await integrations.add(failed)
    expect(await integrations.isConnectedElsewhere(other, provider, failed.externalCalendarId)).toBe(false)
  })

  test('tells which of the vendor’s calendars are ours', async () => {
    const [a, b] = [(await stage.added()).calendarId as string, (await stage.added()).calendarId as string]
    expect(await stage.integrations.linkedAmong([a, randomUUID(), b])).toEqual(new Set([a, b]))
    expect(await stage.integrations.linkedAmong([])).toEqual(new Set())
  })
}

function changeContract(stage: CalendarStage): void {
  const save = (before: Integration, next: Partial<Integration>, entries: NewEntry<'integration'>[] = []) =>
    stage.integrations.saveChange({ before, next: { ...before, ...next }, entries, cause: 'worker' })

  test('writes the connection and its entries, numbered without a gap', async () => {
    const before = await stage.added()
    expect(await save(before, { status: 'error', statusMessage: 'quota' }, [connected, failing])).toBe(true)
    const after = (await stage.integrations.find(before.id)) as Integration
    expect(after).toMatchObject({ status: 'error', statusMessage: 'quota', lastSeq: 2, version: 1 })
    expect(await save(after, { status: 'active' }, [connected])).toBe(true)
    const log = await stage.integrations.log(before.id, 0, 10)
    expect(log.map(({ seq, type, cause }) => [seq, type, cause])).toEqual([
      [1, 'calendar_connected', 'worker'],
      [2, 'calendar_error', 'worker'],
      [3, 'calendar_connected', 'worker'],
    ])
    expect(log[0]).toMatchObject({ occurredAt: at(1), data: { calendarId: 'c' }, recordedAt: expect.any(Date) })
    expect((await stage.integrations.log(before.id, 1, 1)).map(({ seq }) => seq)).toEqual([2])
  })

  test('of many changes decided at once exactly one is written', async () => {
    const before = await stage.added()
    const written = await Promise.all(Array.from({ length: 8 }, () => save(before, { status: 'error' }, [failing])))
    expect(written.filter(Boolean)).toHaveLength(1)
    expect(await stage.integrations.log(before.id, 0, 10)).toHaveLength(1)
    expect(await save(before, { status: 'revoked' }, [failing])).toBe(false)
    expect(await stage.integrations.find(before.id)).toMatchObject({ status: 'error', lastSeq: 1 })
  })

  test('a calendar that the vendor gave to one row is not written to another', async () => {
    const { calendarId } = await stage.added()
    const other = await stage.added()
    expect(await save(other, { calendarId }).catch(() => 'refused')).toBe('refused')
  })

  test('does not change the sync, except to switch it on and off', async () => {
    const { integrations } = stage
    const before = await stage.added({ sync: { digest: 'kept', nextSyncAt: at(7) } })
    await integrations.requestSync([before.id], at(5))
    const sync = { ...before.sync, digest: 'lost', requested: 9 }
    await save(before, { name: 'Renamed', sync })
    const renamed = (await integrations.find(before.id)) as Integration
    expect(renamed).toMatchObject({ name: 'Renamed', sync: { digest: 'kept', requested: 1, nextSyncAt: at(5) } })
    await save(renamed, { status: 'revoked', sync: { ...renamed.sync, nextSyncAt: null } })
    const revoked = (await integrations.find(before.id)) as Integration
    expect(revoked.sync).toMatchObject({ nextSyncAt: null, requested: 1 })
    await save(revoked, { status: 'active', sync: { ...revoked.sync, nextSyncAt: at(8) } })
    expect((await integrations.find(before.id))?.sync).toMatchObject({ nextSyncAt: at(8) })
  })

  test('removing takes events and log along, and only the row that was read', async () => {
    const { integrations, calendarEvents } = stage
    const before = await stage.added()
    const event = anEventWrite()
    await calendarEvents.save(before, [event], at(0))
    await save(before, {}, [connected])
    expect(await integrations.remove(before)).toBe(false)
    const current = (await integrations.find(before.id)) as Integration
    expect(await integrations.remove(current)).toBe(true)
    expect(await integrations.remove(current)).toBe(false)
    expect(await integrations.find(before.id)).toBeNull()
    expect(await integrations.log(before.id, 0, 10)).toEqual([])
    expect(await calendarEvents.findForUser(before.userId, event.listed.id)).toBeNull()
    expect(await calendarEvents.listKnown(before.id, at(0))).toEqual([])
  })
}

function sweepContract(stage: CalendarStage): void {
  test('claimDue takes each due calendar once, and outdates what was read before', async () => {
    // A time of its own, so that other calendars of this store are not due.
    const past = new Date(1_000)
    const due = await Promise.all(Array.from({ length: 4 }, () => stage.added({ dueAt: past })))
    await stage.added({ dueAt: at(0) })
    const claims = await Promise.all([1, 2, 3].map(() => stage.integrations.claimDue(past, at(9), 2)))
    const ids = claims.flat().map(({ id }) => id)
    // A claimer that meets a row of another one passes it by, so a last one may be left.
    ids.push(...(await stage.integrations.claimDue(past, at(9), 9)).map(({ id }) => id))
    expect(ids.sort()).toEqual(due.map(({ id }) => id).sort())
    expect(claims.flat()[0]).toMatchObject({ round: 1, version: 1, dueAt: at(9) })
  })

  test('listToCheck names the calendars that the vendor has, by id, in pages', async () => {
    const ids = [(await stage.added({ status: 'revoked' })).id, (await stage.added({ checkedAt: at(4) })).id]
    const others = [await stage.added({ status: 'disconnecting' }), aConnectingIntegration()]
    const found = await allPages((after) => stage.integrations.listToCheck(after, 2))
    expect(found.map(({ id }) => id)).toEqual(found.map(({ id }) => id).sort())
    expect(found.filter(({ id }) => ids.includes(id)).map(({ id }) => id)).toEqual([...ids].sort())
    expect(found.find(({ id }) => id === ids[1])).toMatchObject({ status: 'active', checkedAt: at(4) })
    expect(found.filter(({ id }) => others.some((other) => other.id === id))).toEqual([])
  })

  test('finds tokens that are sealed with another key, in either column', async () => {
    const userId = await stage.newUser()
    const old = await stage.added({ userId, refreshToken: 'k1.a' })
    const oldPending = await stage.added({ userId, refreshToken: 'k%.b', pendingRefreshToken: 'k1.b' })
    await stage.added({ userId, refreshToken: 'k%.c' })
    await stage.added({ userId, refreshToken: null })
    const found = await allPages((after) => stage.integrations.listSealedOtherwise('k%.', after, 3))
    const mine = found.filter((one) => one.userId === userId).map(({ id }) => id)
    expect(mine).toEqual([old.id, oldPending.id].sort())
  })

  test('summarises by state, and tells how old the oldest copy is', async () => {
    // Older than every other calendar of this store.
    const never = await stage.added({ createdAt: new Date(5_000), status: 'error' })
    await stage.added({ createdAt: new Date(1_000), status: 'revoked', provider: 'microsoft' })
    await stage.added({ createdAt: new Date(1_000), sync: { lastSyncedAt: new Date(9_000) } })
    const summary = await stage.integrations.summarise(new Date(8_000))
    expect(summary).toMatchObject({ stale: 1, oldestSyncedAt: never.createdAt })
    expect(summary.byStatus).toContainEqual({ provider: 'microsoft', status: 'revoked', count: 1 })
    expect((await stage.integrations.summarise(new Date(9_001))).stale).toBe(2)
  })
}

async function allPages<Item extends { id: string }>(read: (after: string | null) => Promise<Item[]>): Promise<Item[]> {
  const found: Item[] = []
  for (;;) {
    const page = await read(found.at(-1)?.id ?? null)
    if (page.length === 0) return found
    found.push(...page)
  }
}

function oauthContract(stage: CalendarStage): void {
  test('a consent is used once, and not after its time', async () => {
    const { oauthFlows } = stage
    const userId = await stage.newUser()
    const flow = anOauthFlow({ userId, redirectUrl: 'https://app.example.test/done', browserHash: 'b' })
    await oauthFlows.add(flow)
    expect(await oauthFlows.take('unknown', at(1))).toBeNull()
    const takes = await Promise.all([1, 2, 3].map(() => oauthFlows.take(flow.stateHash, at(9))))
    expect(takes.filter((taken) => taken !== null)).toEqual([flow])
    const expired = anOauthFlow({ userId })
    await oauthFlows.add(expired)
    expect(await oauthFlows.take(expired.stateHash, expired.expiresAt)).toBeNull()
  })

  test('expired consents are removed, so many at a time', async () => {
    const { oauthFlows } = stage
    const userId = await stage.newUser()
    for (const minute of [1, 2, 3]) await oauthFlows.add(anOauthFlow({ userId, expiresAt: new Date(minute) }))
    const fresh = anOauthFlow({ userId })
    await oauthFlows.add(fresh)
    expect(await oauthFlows.removeExpired(new Date(3), 2)).toBe(2)
    expect(await oauthFlows.removeExpired(new Date(3), 2)).toBe(1)
    expect(await oauthFlows.take(fresh.stateHash, at(0))).toEqual(fresh)
  })
}
