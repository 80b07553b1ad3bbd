import type { NewEntry } from '../../log/entry.ts'
import type { VendorCalendarDetails } from '../../vendor/vendor-calendars.ts'
import { type ConnectionStatus } from '../../vendor/vendor-calendars.ts'
import { actionFor, type Integration, isConnected, needsUser } from '../integration.ts'
import type { IntegrationDecision } from './change-integration.ts'

export type ConnectionReading = Pick<
  VendorCalendarDetails,
  'status' | 'statusMessage' | 'subscriptionExpiresAt' | 'syncedAt' | 'syncError'
> & { isGone?: true }

/**
 * Applies the vendor's word about a connection. Losing access stops the syncs and says what the user must do. Regaining
 * access, in whatever way, starts them again. Pure.
 */
export function applyConnection(integration: Integration, reading: ConnectionReading, at: Date): IntegrationDecision {
  const next = {
    ...withStatus(integration, reading.status, at),
    statusMessage: reading.statusMessage,
    subscriptionExpiresAt: reading.subscriptionExpiresAt,
    vendorSyncedAt: reading.syncedAt,
    vendorSyncError: reading.syncError,
    checkedAt: at,
    lastErrorCode: reading.isGone ? ('VENDOR_CALENDAR_NOT_FOUND' as const) : null,
    lastErrorMessage: reading.isGone ? reading.statusMessage : null,
  }
  return { next, entries: entriesFor(integration, next, at) }
}

/** The connection with one of the vendor's states. Syncing is switched on or off with it. */
export function withStatus(integration: Integration, status: ConnectionStatus, at: Date): Integration {
  const { sync } = integration
  const nextSyncAt = isConnected(status) ? (isConnected(integration.status) ? (sync.nextSyncAt ?? at) : at) : null
  return { ...integration, status, sync: { ...sync, nextSyncAt } }
}

/** Only news is logged. An error that comes and goes is logged, but asks the user for nothing. */
function entriesFor(before: Integration, after: Integration, at: Date): NewEntry<'integration'>[] {
  const from = before.status
  const to = after.status
  if (from === to) return []
  const data = { from, to, message: after.statusMessage }
  if (needsUser(to))
    return [{ type: 'calendar_access_lost', occurredAt: at, data: { ...data, action: actionFor(after) } }]
  if (to === 'error') return needsUser(from) ? [] : [{ type: 'calendar_error', occurredAt: at, data }]
  if (to === 'active' && (needsUser(from) || from === 'error')) {
    return [{ type: 'calendar_recovered', occurredAt: at, data }]
  }
  return []
}

/** The vendor no longer has the calendar: somebody deleted it there. */
export const goneReading: ConnectionReading = {
  isGone: true,
  status: 'revoked',
  statusMessage: 'Meeting BaaS no longer has this calendar.',
  subscriptionExpiresAt: null,
  syncedAt: null,
  syncError: null,
}
