import type { ErrorCode } from '../basics/error-codes.ts'
import type { Subject } from '../log/entry.ts'
import type { CalendarProvider } from '../vendor/calendar-providers.ts'

/**
 * The states of a connection:
 * - connecting: accepted, but the vendor has not confirmed it yet.
 * - active, error, revoked and permission_denied: the vendor's four states. An error heals by itself. After revoked
 *   and permission_denied the user must act.
 * - failed: could not be connected after it was accepted.
 * - disconnecting: its user deleted it, but the vendor has not confirmed that yet.
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

/** Whether the vendor keeps the calendar up to date, now or soon by itself. */
export const isConnected = (status: IntegrationStatus): boolean => status === 'active' || status === 'error'

/** Whether the calendar stays silent until its user grants access again. */
export const needsUser = (status: IntegrationStatus): boolean => status === 'revoked' || status === 'permission_denied'

/**
 * A user's connected calendar: the connection at the vendor, and the state of our copy of its events. `version` guards
 * the connection; the sync is written without it.
 */
export type Integration = Connection & { sync: SyncState }

/** The connection of a calendar: whose it is, how it is at the vendor, and which calls it owes. */
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
  /** The vendor's explanation of the status. */
  statusMessage: string | null
  /** The token of the connection, sealed (basics/secret-cipher.ts); null when it is disconnected. */
  refreshToken: string | null
  /** The token of a setup that the vendor has not confirmed yet, sealed. */
  pendingRefreshToken: string | null
  /** How many create calls may have reached the vendor since `connectStartedAt`. Above 0, it may have the calendar. */
  connectAttempts: number
  /** When the running setup began. */
  connectStartedAt: Date | null
  /** When the vendor's push subscription ends. */
  subscriptionExpiresAt: Date | null
  /** When the vendor last read the calendar, and why it could not. */
  vendorSyncedAt: Date | null
  vendorSyncError: string | null
  /** When the vendor was last asked about the connection. */
  checkedAt: Date | null
  /** Until then one connect or disconnect job may call the vendor, and no other. */
  leaseUntil: Date | null
  /** When a connect-calendar or disconnect-calendar job is due; null when none is owed. */
  dueAt: Date | null
  /** Counts the jobs that the requeue-stuck sweep enqueued. */
  round: number
  /** The last error of the connection; null after a success. */
  lastErrorCode: ErrorCode | null
  lastErrorMessage: string | null
  createdAt: Date
  updatedAt: Date
}

/** The state of our copy of the calendar's events. */
export type SyncState = {
  /** When the calendar is read next; null: never (disconnected or without access). */
  nextSyncAt: Date | null
  /** When our copy was last equal to the vendor's list. */
  lastSyncedAt: Date | null
  lastResult: SyncResult | null
  /** Failures since the last success. Each doubles the pause. */
  failures: number
  lastErrorCode: string | null
  lastErrorMessage: string | null
  lastErrorAt: Date | null
  /** Digest of the vendor's list that our events match. An equal digest means that nothing changed. */
  digest: string | null
  /** The number of the last sync that a caller asked for, and of the last one that was served. */
  requested: number
  served: number
}

/** The result of a sync. `cancelled` counts events that were cancelled, declined or removed. */
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
  /** The counts of syncs that ended while a request still waits. The next result includes them. */
  carried?: SyncCounts
}

/** What the user must do, as a code for programs and a sentence for people; null when there is nothing to do. */
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
