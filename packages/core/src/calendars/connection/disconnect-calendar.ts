import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { VendorLimits } from '../../vendor/vendor-limits.ts'
import { vendorWrite } from '../../vendor/vendor-write.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'
import { changeIntegration, removeIntegration } from './change-integration.ts'
import { findOurs } from './find-at-vendor.ts'
import { releaseLease, takeLease } from './integration-lease.ts'

type RequestDeps = {
  integrations: Pick<IntegrationStore, 'find' | 'saveChange'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

/** Removes the calendar for its user and forgets its tokens at once. A job tells the vendor. */
export async function requestDisconnect(
  deps: RequestDeps,
  { integrationId }: { integrationId: string },
): Promise<Integration | null> {
  const at = deps.now()
  const changed = await changeIntegration(deps, integrationId, 'api', (before) => {
    if (before.status === 'disconnecting') return null
    const noTokens = { refreshToken: null, pendingRefreshToken: null }
    const sync = { ...before.sync, nextSyncAt: null }
    const next = { ...before, ...noTokens, sync, status: 'disconnecting' as const, dueAt: at }
    return { next, entries: [{ type: 'calendar_disconnect_requested' as const, occurredAt: at, data: {} }] }
  })
  return changed?.after ?? null
}

type Deps = {
  integrations: Pick<IntegrationStore, 'find' | 'saveChange' | 'remove' | 'linkedAmong' | 'isConnectedElsewhere'>
  vendor: Pick<VendorCalendars, 'deleteCalendar' | 'listCalendars' | 'getCalendar'>
  limits: Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

/** Deletes a calendar at the vendor, and then our row with its events. Safe to run any number of times. */
export async function disconnectCalendar(
  deps: Deps,
  { integrationId }: { integrationId: string },
): Promise<'disconnected' | 'already_done'> {
  const leased = await takeLease(deps, integrationId, (before) => (before.status === 'disconnecting' ? before : null))
  if (!leased) return 'already_done'
  try {
    await deleteAtVendor(deps, leased)
  } catch (error) {
    await releaseLease(deps, leased, error)
    throw error
  }
  // If the row changed meanwhile, somebody connects the calendar again.
  return (await removeIntegration(deps, leased)) ? 'disconnected' : 'already_done'
}

/** Deletes the connection at the vendor. A setup that got no answer may have left one, too. */
async function deleteAtVendor(deps: Deps, leased: Integration): Promise<void> {
  const mayExist = leased.connectAttempts > 0
  const calendarId = leased.calendarId ?? (mayExist ? await findOurs(deps, leased) : null)
  if (calendarId !== null) await vendorWrite(deps.limits, () => deps.vendor.deleteCalendar(calendarId))
}
