import { expect, test } from 'vitest'
import { anIntegration } from '../../../testing/calendars/calendar-builders.ts'
import { at } from '../../../testing/meetings/builders.ts'
import { isStale, syncStandingOf } from './sync-standing.ts'

const integration = anIntegration({ status: 'active', createdAt: at(0) })
const read = { lastSyncedAt: at(10), requested: 2, served: 2, failures: 0 }

test.each([
  ['never', 'connecting', read],
  ['stopped', 'revoked', read],
  ['stopped', 'failed', { ...read, requested: 3 }],
  ['pending', 'active', { ...read, requested: 3, failures: 1 }],
  ['failing', 'error', { ...read, failures: 1 }],
  ['ok', 'active', read],
  ['never', 'active', { ...read, lastSyncedAt: null }],
] as const)('the state is %s while the connection is %s and the sync %j', (standing, status, sync) => {
  expect(syncStandingOf({ status, sync: { ...integration.sync, ...sync } })).toBe(standing)
})

test('a calendar is stale after three missed syncs, unless it is not read any more', () => {
  const fiveMinutes = 5 * 60_000
  const readAt = (lastSyncedAt: Date | null) => ({ ...integration, sync: { ...integration.sync, lastSyncedAt } })
  expect(isStale(readAt(at(10)), at(25), fiveMinutes)).toBe(false)
  expect(isStale(readAt(at(10)), at(26), fiveMinutes)).toBe(true)
  expect(isStale(readAt(null), at(16), fiveMinutes)).toBe(true)
  expect(isStale({ ...readAt(at(10)), status: 'revoked' }, at(26), fiveMinutes)).toBe(false)
})
