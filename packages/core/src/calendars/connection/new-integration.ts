import type { CalendarProvider } from '../../vendor/calendar-providers.ts'
import type { Integration, SyncState } from '../integration.ts'

const neverSynced: SyncState = {
  nextSyncAt: null,
  lastSyncedAt: null,
  lastResult: null,
  failures: 0,
  lastErrorCode: null,
  lastErrorMessage: null,
  lastErrorAt: null,
  digest: null,
  requested: 0,
  served: 0,
}

/** A calendar at the start of its setup: the first attempt, which may call the vendor until `leaseUntil`. */
export function newIntegration(facts: {
  id: string
  userId: string
  provider: CalendarProvider
  externalCalendarId: string
  name: string | null
  accountEmail: string
  pendingRefreshToken: string
  leaseUntil: Date
  now: Date
}): Integration {
  const { now, ...given } = facts
  return {
    ...given,
    calendarId: null,
    status: 'connecting',
    statusMessage: null,
    refreshToken: null,
    connectAttempts: 1,
    connectStartedAt: now,
    subscriptionExpiresAt: null,
    vendorSyncedAt: null,
    vendorSyncError: null,
    checkedAt: null,
    dueAt: facts.leaseUntil,
    round: 0,
    lastErrorCode: null,
    lastErrorMessage: null,
    lastSeq: 0,
    version: 0,
    createdAt: now,
    updatedAt: now,
    sync: neverSynced,
  }
}
