import type { ErrorCode } from '../basics/error-codes.ts'
import type { Subject } from '../log/entry.ts'
import type { CalendarProvider } from '../vendor/calendar-providers.ts'

/**
 * Where a connection stands.
 * connecting: accepted, the vendor has not confirmed it yet. active, error, revoked and permission_denied are the vendor's
 * four states: error heals by itself, after revoked and permission_denied the user must act. failed: it could not be
 * connected after it was accepted. disconnecting: deleted by its user; the vendor has not confirmed it yet.
 */
export const integrationStatuses = [
  'connecting',
  'active',
  'error',
  'revoked',
  'permission_denied',
  'failed',
  'disconnecting',
] as const
export type IntegrationStatus = (typeof integrationStatuses)[number]

/** Whether the vendor can keep the calendar up to date, now or by itself soon. */
export const isConnected = (status: IntegrationStatus): boolean => status === 'active' || status === 'error'

/** Whether the calendar stays silent until its user grants access again. */
export const needsUser = (status: IntegrationStatus): boolean => status === 'revoked' || status === 'permission_denied'

/**
 * A connected calendar of a user: the connection at the vendor, and how fresh our copy of its events is. `version` guards the
 * connection; the sync is written without it.
 */
export type CalendarIntegration = Connection & { sync: SyncState }

export type Connection = Subject & {
  userId: string
  provider: CalendarProvider
  /** The vendor's id; null until it is connected. */
  calendarId: string | null
  /** Google's or Microsoft's id of the calendar. */
  externalCalendarId: string
  name: string | null
  accountEmail: string
  status: IntegrationStatus
  /** What the vendor says about the status. */
  statusMessage: string | null
  /** The token that the connection works with, sealed (token-cipher.ts); null once it is disconnected. */
  refreshToken: string | null
  /** The token of a setup that the vendor has not confirmed yet, sealed. */
  pendingRefreshToken: string | null
  /** How often a create call may have reached the vendor since `connectStartedAt`; above 0 it may have the calendar. */
  connectAttempts: number
  /** When the setup under way began. */
  connectStartedAt: Date | null
  /** When the vendor's push subscription ends. */
  subscriptionExpiresAt: Date | null
  /** When the vendor last read the calendar, and what kept it from doing so. */
  vendorSyncedAt: Date | null
  vendorSyncError: string | null
  /** When the vendor was last asked about the connection. */
  checkedAt: Date | null
  /** Until when one connect or disconnect owns the calls to the vendor. */
  leaseUntil: Date | null
  /** When a connect-calendar or disconnect-calendar job is owed; null: nothing is owed. */
  dueAt: Date | null
  /** Counts what the requeue-stuck sweep enqueued. */
  round: number
  /** What went wrong last with the connection; null after a success. */
  lastErrorCode: ErrorCode | null
  lastErrorMessage: string | null
  createdAt: Date
  updatedAt: Date
}

/** How fresh our copy of the calendar's events is. */
export type SyncState = {
  /** When the calendar is due to be read; null: it is not read (disconnected or without access). */
  nextSyncAt: Date | null
  /** When our copy was last known to be equal to the vendor's. */
  lastSyncedAt: Date | null
  lastResult: SyncResult | null
  /** Failures since the last success; each doubles the pause. */
  failures: number
  lastErrorCode: string | null
  lastErrorMessage: string | null
  lastErrorAt: Date | null
  /** Digest of the vendor's list as our events stand; equal digests mean that nothing changed. */
  digest: string | null
  /** Counts the syncs that callers asked for, and up to which of them has been served. */
  requested: number
  served: number
}

/** What a sync found. `cancelled` counts events that were cancelled, declined or removed. */
export type SyncCounts = {
  created: number
  updated: number
  cancelled: number
  unchanged: number
  /** Vendor calls: pages of the list and reads of single events. */
  pages: number
  detailReads: number
}

export type SyncResult = SyncCounts & {
  /** Found by syncs that ended since a request that waits still; the next result includes it. */
  carried?: SyncCounts
}

/** What the user must do, in a code for programs and a sentence for people; null when there is nothing to do. */
export type UserAction = { code: 'reconnect' | 'grant_permission' | 'connect_again'; message: string }

const providerNames = { google: 'Google', microsoft: 'Microsoft' } as const

export function actionFor({ status, provider, accountEmail, lastErrorCode }: Connection): UserAction | null {
  const who = `${providerNames[provider]} account ${accountEmail}`
  if (status === 'revoked' && lastErrorCode === 'VENDOR_CALENDAR_NOT_FOUND') {
    const message = `Meeting BaaS no longer has the calendar of the ${who}. Connect the calendar again.`
    return { code: 'connect_again', message }
  }
  switch (status) {
    case 'revoked':
      return { code: 'reconnect', message: `Access to the ${who} was withdrawn. Connect the calendar again.` }
    case 'permission_denied': {
      const message = `The ${who} no longer lets Seer read this calendar. Connect it again and grant calendar access.`
      return { code: 'grant_permission', message }
    }
    case 'failed':
      return { code: 'connect_again', message: `The ${who} could not be connected. Connect the calendar again.` }
    default:
      return null
  }
}
