import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { SyncEnd, SyncFailure, SyncStart } from '../../src/calendars/calendar-store.ts'
import type { Integration, SyncCounts, SyncState } from '../../src/calendars/integration.ts'
import { at } from '../meetings/builders.ts'
import { aDetailedWrite, anEventWrite, someCounts } from './calendar-builders.ts'
import type { CalendarStage } from './calendar-stage.ts'

/** How a sync of this calendar ends, unless it is told otherwise. */
function endOf({ integration: { id, sync } }: SyncStart, changes: Partial<SyncEnd> = {}): SyncEnd {
  const { requested: served, digest: digestBefore } = sync
  const times = { at: at(10), nextSyncAt: at(30) }
  return { integrationId: id, served, counts: someCounts(), digestBefore, digest: 'new', ...times, ...changes }
}

function failureOf({ integration: { id, sync } }: SyncStart, changes: Partial<SyncFailure> = {}): SyncFailure {
  const error = { code: 'VENDOR_TIMEOUT', message: 'No answer.' }
  return { integrationId: id, served: sync.requested, ...error, at: at(10), nextSyncAt: at(40), ...changes }
}

/** What an IntegrationStore must keep about syncs. */
export function syncContract(stage: CalendarStage): void {
  const syncOf = async (id: string) => (await stage.integrations.find(id))?.sync as SyncState
  const begun = async (id: string) => (await stage.integrations.beginSync(id, at(5))) as SyncStart
  const switchOff = async (id: string) => {
    const before = (await stage.integrations.find(id)) as Integration
    const next = { ...before, status: 'revoked' as const, sync: { ...before.sync, nextSyncAt: null } }
    expect(await stage.integrations.saveChange({ before, next, entries: [], cause: 'worker' })).toBe(true)
  }

  test('parallel claims are disjoint, the longest due come first, and unreadable calendars are left out', async () => {
    // Times of their own, so that other calendars of this store are not due.
    const ids: string[] = []
    for (const ms of [3, 1, 2, 4]) ids.push((await stage.added({ sync: { nextSyncAt: new Date(ms) } })).id)
    await stage.added({ status: 'revoked', sync: { nextSyncAt: new Date(1) } })
    await stage.added({ sync: { nextSyncAt: null } })
    const [third, first, second] = ids as [string, string, string, string]
    expect(await stage.integrations.claimDueSyncs(new Date(3), at(1), 2)).toEqual([first, second])
    const claims = await Promise.all([1, 2, 3].map(() => stage.integrations.claimDueSyncs(new Date(3), at(1), 2)))
    expect(claims.flat()).toEqual([third])
    expect((await syncOf(third)).nextSyncAt).toEqual(at(1))
  })

  test('many claims at once share the due calendars among them', async () => {
    const nextSyncAt = new Date(100)
    const due = await Promise.all(
      Array.from({ length: 20 }, () => stage.added({ status: 'error', sync: { nextSyncAt } })),
    )
    const claim = () => stage.integrations.claimDueSyncs(nextSyncAt, at(1), 5)
    const claims = await Promise.all(Array.from({ length: 4 }, claim))
    // A claimer passes by what another one holds, so some may be left for the next.
    for (let rest = await claim(); rest.length > 0; rest = await claim()) claims.push(rest)
    expect(claims.flat().sort()).toEqual(expect.arrayContaining(due.map(({ id }) => id).sort()))
    expect(new Set(claims.flat()).size).toBe(claims.flat().length)
  })

  test.each(['connecting', 'revoked', 'permission_denied', 'failed', 'disconnecting'] as const)(
    'a calendar that is %s is not synced',
    async (status) => {
      const { id } = await stage.added({ status })
      expect(await stage.integrations.beginSync(id, at(5))).toBeNull()
      expect(await stage.integrations.requestSync([id], at(5))).toEqual([])
    },
  )

  test('a calendar without the vendor’s id, or unknown, is not synced', async () => {
    const { id } = await stage.added({ calendarId: null })
    expect(await stage.integrations.beginSync(id, at(5))).toBeNull()
    expect(await stage.integrations.beginSync(randomUUID(), at(5))).toBeNull()
  })

  test('begins with the calendar and the events whose details are due, the longest due first', async () => {
    const integration = await stage.added({ status: 'error' })
    const due = [at(5), at(1), at(6), null].map((detailsDueAt) => anEventWrite({}, { detailsDueAt }))
    const removed = anEventWrite({}, { detailsDueAt: at(1), removedAt: at(1) })
    await stage.calendarEvents.save(integration, [...due, removed], at(0))
    const start = await begun(integration.id)
    expect(start).toEqual({ integration, dueEventIds: [due[1]?.listed.id, due[0]?.listed.id] })
  })

  test('two hundred syncs at once each get and write their own calendar', async () => {
    const userId = await stage.newUser()
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => stage.added({ userId, name: `Calendar ${i}` })))
    const starts = await Promise.all(all.map(({ id }) => begun(id)))
    expect(starts.map(({ integration }) => integration)).toEqual(all)
    await Promise.all(starts.map((start, i) => stage.integrations.finishSync(endOf(start, { digest: `list ${i}` }))))
    const digests = await Promise.all(all.map(async ({ id }) => (await syncOf(id)).digest))
    expect(digests).toEqual(all.map((_, i) => `list ${i}`))
  })

  test('a success is noted, and earlier failures are forgotten', async () => {
    const { id } = await stage.added({ sync: { failures: 3, lastErrorCode: 'VENDOR_TIMEOUT', lastErrorAt: at(1) } })
    await stage.integrations.finishSync(endOf(await begun(id), { counts: someCounts({ created: 7 }) }))
    expect(await syncOf(id)).toEqual({
      nextSyncAt: at(30),
      lastSyncedAt: at(10),
      lastResult: someCounts({ created: 7 }),
      failures: 0,
      lastErrorCode: null,
      lastErrorMessage: null,
      lastErrorAt: null,
      digest: 'new',
      requested: 0,
      served: 0,
    })
  })

  test('failures are counted, and the next sync compares all events', async () => {
    const { id } = await stage.added({ sync: { digest: 'old', lastSyncedAt: at(1) } })
    await stage.integrations.failSync(failureOf(await begun(id)))
    await stage.integrations.failSync(failureOf(await begun(id), { at: at(11), nextSyncAt: at(50) }))
    const error = { lastErrorCode: 'VENDOR_TIMEOUT', lastErrorMessage: 'No answer.', lastErrorAt: at(11) }
    const expected = { failures: 2, ...error, nextSyncAt: at(50), lastSyncedAt: at(1), digest: null }
    expect(await syncOf(id)).toMatchObject(expected)
  })

  test('a request is served by a sync that began after it', async () => {
    const { id } = await stage.added({ sync: { nextSyncAt: at(20) } })
    expect(await stage.integrations.requestSync([id, randomUUID()], at(4))).toEqual([
      { integrationId: id, requested: 1 },
    ])
    expect(await syncOf(id)).toMatchObject({ requested: 1, served: 0, nextSyncAt: at(4) })
    await stage.integrations.finishSync(endOf(await begun(id)))
    expect(await syncOf(id)).toMatchObject({ requested: 1, served: 1, nextSyncAt: at(30) })
  })

  test.each([
    ['finishSync', (start: SyncStart) => stage.integrations.finishSync(endOf(start)), at(30)],
    ['failSync', (start: SyncStart) => stage.integrations.failSync(failureOf(start)), at(40)],
  ] as const)(
    'after %s a request that came meanwhile is still due, and no sync takes back what another has served',
    async (_, end, nextSyncAt) => {
      const { id } = await stage.added()
      const early = await begun(id)
      await stage.integrations.requestSync([id], at(6))
      const late = await begun(id)
      await end(early)
      expect(await syncOf(id)).toMatchObject({ requested: 1, served: 0, nextSyncAt: at(0) })
      await end(late)
      expect(await syncOf(id)).toMatchObject({ served: 1, nextSyncAt })
      await end(early)
      expect(await syncOf(id)).toMatchObject({ served: 1 })
    },
  )

  test('a calendar that lost access during a sync stays switched off', async () => {
    const [a, b] = [await stage.added(), await stage.added()]
    const starts = [await begun(a.id), await begun(b.id)] as [SyncStart, SyncStart]
    await stage.integrations.requestSync([b.id], at(6))
    for (const { id } of [a, b]) await switchOff(id)
    await stage.integrations.finishSync(endOf(starts[0]))
    await stage.integrations.failSync(failureOf(starts[1]))
    expect((await syncOf(a.id)).nextSyncAt).toBeNull()
    expect((await syncOf(b.id)).nextSyncAt).toBeNull()
  })

  test('when two syncs overlap, the digest of neither is believed', async () => {
    const { id } = await stage.added({ sync: { digest: 'old' } })
    const starts = [await begun(id), await begun(id), await begun(id)] as [SyncStart, SyncStart, SyncStart]
    await stage.integrations.finishSync(endOf(starts[0], { digest: 'a', at: at(12) }))
    await stage.integrations.finishSync(endOf(starts[1], { digest: 'a', at: at(11) }))
    expect(await syncOf(id)).toMatchObject({ digest: 'a', lastSyncedAt: at(12) })
    await stage.integrations.finishSync(endOf(starts[2], { digest: 'b' }))
    expect((await syncOf(id)).digest).toBeNull()
    await stage.integrations.finishSync(endOf(await begun(id), { digest: 'b' }))
    expect((await syncOf(id)).digest).toBe('b')
  })

  test('a sync that writes makes the digest be forgotten, and stores a new one only if no other sync wrote', async () => {
    const { id } = await stage.added({ sync: { digest: 'old' } })
    const digest = async () => (await syncOf(id)).digest
    const forget = (digestBefore: string | null, mark: string) =>
      stage.integrations.forgetDigest({ integrationId: id, digestBefore, mark })
    const alone = await begun(id)
    await forget('old', 'mark 1')
    await forget('mark 1', 'mark 1')
    expect(await digest()).toBe('mark 1')
    await stage.integrations.finishSync(endOf(alone, { digestBefore: 'mark 1', digest: 'old' }))
    expect(await digest()).toBe('old')
    const [a, b] = [await begun(id), await begun(id)]
    await forget('old', 'mark 2')
    await forget('old', 'mark 3')
    await forget('mark 2', 'mark 2')
    expect(await digest()).toBeNull()
    await stage.integrations.finishSync(endOf(a, { digestBefore: 'mark 2', digest: 'a' }))
    await stage.integrations.finishSync(endOf(b, { digestBefore: 'mark 3', digest: 'b' }))
    expect(await digest()).toBeNull()
    await stage.integrations.forgetDigest({ integrationId: randomUUID(), digestBefore: null, mark: 'mark 4' })
  })

  test('when a request comes too late for a sync, what that sync found is counted for the request as well', async () => {
    const { id } = await stage.added({ sync: { lastResult: someCounts({ created: 50 }) } })
    const request = () => stage.integrations.requestSync([id], at(4))
    const finish = (start: SyncStart, counts: Partial<SyncCounts>) =>
      stage.integrations.finishSync(endOf(start, { counts: someCounts(counts) }))
    const result = async () => (await syncOf(id)).lastResult
    const first = await begun(id)
    await request()
    const second = await begun(id)
    await finish(first, { created: 3, updated: 1, cancelled: 2, unchanged: 4, detailReads: 6 })
    await request()
    await finish(second, { created: 1, unchanged: 8 })
    expect(await result()).toMatchObject({
      created: 4,
      updated: 1,
      cancelled: 2,
      unchanged: 4,
      pages: 2,
      detailReads: 6,
    })
    // The second request came after the first sync had ended.
    await finish(await begun(id), { unchanged: 9 })
    expect(await result()).toEqual(someCounts({ created: 1, unchanged: 8, pages: 2 }))
    await finish(await begun(id), { unchanged: 9 })
    expect(await result()).toEqual(someCounts({ unchanged: 9 }))
  })

  test('what was found before a failure is not counted again when a later sync serves the request', async () => {
    const { id } = await stage.added()
    const early = await begun(id)
    await stage.integrations.requestSync([id], at(4))
    await stage.integrations.finishSync(endOf(early, { counts: someCounts({ created: 3 }) }))
    await stage.integrations.failSync(failureOf(early))
    await stage.integrations.failSync(failureOf(await begun(id)))
    expect((await syncOf(id)).lastResult).toEqual(someCounts({ created: 3 }))
    await stage.integrations.finishSync(endOf(await begun(id)))
    expect((await syncOf(id)).lastResult).toEqual(someCounts())
  })

  test('a sync of a calendar that is gone ends silently', async () => {
    const before = await stage.added()
    const start = await begun(before.id)
    await stage.integrations.remove(before)
    await stage.integrations.finishSync(endOf(start))
    await stage.integrations.failSync(failureOf(start))
    expect(await stage.integrations.find(before.id)).toBeNull()
  })

  test('a change that the vendor reports makes the calendar due, and the details of its own events', async () => {
    const { integrations, calendarEvents } = stage
    const mine = await stage.added({ sync: { nextSyncAt: at(20) } })
    const other = await stage.added()
    const [named, unnamed, foreign] = [aDetailedWrite(), aDetailedWrite(), aDetailedWrite()]
    await calendarEvents.save(mine, [named, unnamed], at(0))
    await calendarEvents.save(other, [foreign], at(0))
    const ids = [named.listed.id, foreign.listed.id, randomUUID()]
    expect(await integrations.noteVendorChange(mine.calendarId as string, ids, at(3))).toBe(mine.id)
    expect((await syncOf(mine.id)).nextSyncAt).toEqual(at(3))
    expect((await begun(mine.id)).dueEventIds).toEqual([named.listed.id])
    expect((await begun(other.id)).dueEventIds).toEqual([])
    // It never comes later for being reported again.
    await integrations.noteVendorChange(mine.calendarId as string, [], at(4))
    expect((await syncOf(mine.id)).nextSyncAt).toEqual(at(3))
  })

  async function changeOf(status: Integration['status']) {
    const { id, calendarId } = await stage.added({ status, sync: { nextSyncAt: null } })
    const whose = await stage.integrations.noteVendorChange(calendarId as string, [], at(3))
    expect((await syncOf(id)).nextSyncAt).toBeNull()
    return { id, whose }
  }

  test.each(['active', 'error', 'revoked', 'permission_denied'] as const)(
    'a change of a calendar that is %s is ours, even if it is not synced',
    async (status) => {
      const { id, whose } = await changeOf(status)
      expect(whose).toBe(id)
    },
  )

  test.each(['connecting', 'failed', 'disconnecting'] as const)(
    'a change of a calendar that is %s is not ours',
    async (status) => {
      expect((await changeOf(status)).whose).toBeNull()
    },
  )

  test('a change of a calendar that is not ours belongs to nobody', async () => {
    expect(await stage.integrations.noteVendorChange(randomUUID(), [randomUUID()], at(3))).toBeNull()
  })
}
