import type { Clock } from '../../basics/clock.ts'
import { PermanentError } from '../../basics/errors.ts'
import { isFree } from '../../basics/lease.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgencyOfJoin } from '../../jobs/urgency.ts'
import type { VendorCalendarDetails, VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { VendorLimits } from '../../vendor/vendor-limits.ts'
import { vendorWrite } from '../../vendor/vendor-write.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'
import { changeIntegration } from './change-integration.ts'
import { applyConnection, goneReading } from './connection-state.ts'

type Deps = {
  integrations: Pick<IntegrationStore, 'find' | 'saveChange'>
  vendor: Pick<VendorCalendars, 'getCalendar' | 'resubscribeCalendar' | 'syncCalendar'>
  limits: Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type CheckCalendarOutcome = 'checked' | 'renewed' | 'read_again' | 'gone' | 'skipped'

/**
 * The vendor renews subscriptions itself every 6 hours (meetingbaas.md §4), so a subscription that ends within that
 * time was missed. Half an hour less, so that the vendor and Seer do not renew at the same time.
 */
export const renewBeforeMs = 5.5 * 3_600_000

/**
 * After this time without a read, the vendor is told to read the calendar, because a silent push looks like a quiet
 * calendar. Costs 8 writes a day for a calendar without changes. By itself the vendor reads each calendar only once a
 * day (meetingbaas.md §4).
 */
const vendorStaleAfterMs = 3 * 3_600_000
/** A renewal or a read at the vendor is soon enough within this time. */
const reviveWithinMs = 60 * 60_000

/**
 * Asks the vendor for the state of a connection, and logs it. Renews a push subscription that is about to end, and
 * makes the vendor read a calendar that it has stopped reading.
 */
export async function checkCalendar(
  deps: Deps,
  { integrationId }: { integrationId: string },
): Promise<CheckCalendarOutcome> {
  const integration = await deps.integrations.find(integrationId)
  if (!integration?.calendarId || !mayBeChecked(integration, deps.now())) return 'skipped'
  const { calendarId } = integration
  const details = await deps.vendor.getCalendar(calendarId)
  const checked = await record(deps, integration, details)
  if (details === null) return 'gone'
  const now = deps.now()
  const toRenew = needsRenewal(details, now)
  if (details.status !== 'active' || !(toRenew || isStaleAtVendor(details, now))) return 'checked'
  if (!(await revive(deps, calendarId, details, toRenew))) return 'gone'
  if (!toRenew) return 'read_again'
  await record(deps, checked ?? integration, await deps.vendor.getCalendar(calendarId), 'renewed')
  return 'renewed'
}

/** During a setup or a disconnect, that job decides, and has the connection checked afterwards. */
export function isChecked({ status }: Pick<Integration, 'status'>): boolean {
  return status !== 'connecting' && status !== 'failed' && status !== 'disconnecting'
}

function mayBeChecked(integration: Integration, now: Date): boolean {
  return isChecked(integration) && isFree(integration, now)
}

async function record(
  deps: Deps,
  { id: integrationId, calendarId, refreshToken }: Integration,
  details: VendorCalendarDetails | null,
  renewed?: 'renewed',
) {
  const at = deps.now()
  const checked = await changeIntegration(deps, integrationId, 'sync', (before) => {
    // If the calendar was connected anew since the vendor was asked, the answer is out of date.
    const isSame = before.calendarId === calendarId && before.refreshToken === refreshToken
    if (!isSame || !mayBeChecked(before, at)) return null
    const { next, entries } = applyConnection(before, details ?? goneReading, at)
    if (!renewed) return { next, entries }
    const data = { expiresAt: next.subscriptionExpiresAt }
    return { next, entries: [...entries, { type: 'calendar_subscription_renewed' as const, occurredAt: at, data }] }
  })
  return checked?.after ?? null
}

function needsRenewal({ subscriptionExpiresAt }: VendorCalendarDetails, now: Date): boolean {
  return subscriptionExpiresAt === null || subscriptionExpiresAt.getTime() - now.getTime() < renewBeforeMs
}

/** Whether the vendor has not read the calendar for so long that it has probably stopped doing so. */
export function isStaleAtVendor({ syncedAt }: Pick<VendorCalendarDetails, 'syncedAt'>, now: Date): boolean {
  return syncedAt !== null && now.getTime() - syncedAt.getTime() > vendorStaleAfterMs
}

/** @returns false when the vendor no longer has the calendar; the next check reports that */
async function revive(deps: Deps, calendarId: string, details: VendorCalendarDetails, toRenew: boolean) {
  const { vendor, limits, now } = deps
  const { subscriptionExpiresAt } = details
  const hadLapsed = subscriptionExpiresAt === null || subscriptionExpiresAt <= now()
  // Bots that join before then go first.
  const urgency = urgencyOfJoin(new Date(now().getTime() + reviveWithinMs), now())
  const write = (call: () => Promise<void>) => tolerate(vendorWrite(limits, call, urgency))
  const isThere = !toRenew || (await write(() => vendor.resubscribeCalendar(calendarId)))
  // Changes while the vendor was not told are not in its lists yet.
  const isBehind = hadLapsed || isStaleAtVendor(details, now())
  return isThere && (!isBehind || (await write(() => vendor.syncCalendar(calendarId))))
}

/**
 * Ignores refusals: some calendars cannot be pushed, or not at the moment. They are still read every few minutes.
 * @returns false when the vendor does not have the calendar
 */
async function tolerate(write: Promise<void>): Promise<boolean> {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof PermanentError) return error.code !== 'VENDOR_CALENDAR_NOT_FOUND'
    throw error
  }
}
