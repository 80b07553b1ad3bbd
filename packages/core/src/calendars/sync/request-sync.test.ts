import { expect, test } from 'vitest'
import { syncedCalendar } from '../../../testing/calendars/synced-calendar.ts'
import { requestSync } from './request-sync.ts'
import { syncCalendar } from './sync-calendar.ts'

const context = { signal: new AbortController().signal, progress: () => {} }

test('a caller whom a later sync serves also hears of the changes that an earlier sync found', async () => {
  const { deps, vendor, put, userId, integrationId, sync } = await syncedCalendar()
  put()
  await sync()
  put()
  // The running sync began before the request, and finds the change that the caller asks for.
  const { listEvents } = vendor
  let goOn = () => {}
  const mayGoOn = new Promise<void>((resolve) => {
    goOn = resolve
  })
  vendor.listEvents = async (...given) => {
    vendor.listEvents = listEvents
    await mayGoOn
    return await listEvents(...given)
  }
  const early = syncCalendar(deps, { integrationId }, context)
  const pause = async () => {
    goOn()
    await early
    await sync()
  }
  const answer = await requestSync({ ...deps, pause }, { userId, waitMs: 5_000 })
  expect(answer).toMatchObject({ isDone: true, integrations: [{ sync: { lastResult: { created: 1, unchanged: 1 } } }] })
  expect(await sync()).toMatchObject({ outcome: 'unchanged' })
  const later = await requestSync({ ...deps, pause: async () => void (await sync()) }, { userId, waitMs: 5_000 })
  expect(later?.integrations[0]?.sync.lastResult).toMatchObject({ created: 0, unchanged: 2 })
})

test('nobody waits for a calendar that loses access meanwhile', async () => {
  const { deps, integrations, load, integrationId, userId } = await syncedCalendar()
  let pauses = 0
  const pause = async () => {
    pauses++
    const before = await load(integrationId)
    const next = { ...before, status: 'revoked' as const, sync: { ...before.sync, nextSyncAt: null } }
    await integrations.saveChange({ before, next, entries: [], cause: 'worker' })
  }
  const answer = await requestSync({ ...deps, pause }, { userId, waitMs: 5_000 })
  expect(answer).toMatchObject({ isDone: true, integrations: [{ status: 'revoked' }] })
  expect(pauses).toBe(1)
})
