import type { Clock } from '../../basics/clock.ts'
import { PermanentError } from '../../basics/errors.ts'
import { isFree } from '../../basics/lease.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgencyOfJoin } from '../../jobs/urgency.ts'
import type { VendorCalendarDetails, VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { VendorLimits } from '../../vendor/vendor-limits.ts'
import { vendorWrite } from '../../vendor/vendor-write.ts'
import type { CalendarStore } from '../calendar-store.ts'
import type { CalendarIntegration } from '../integration.ts'
import { changeIntegration } from './change-integration.ts'
import { applyConnection, goneReading } from './connection-state.ts'

type Deps = {
  calendars: Pick<CalendarStore, 'find' | 'saveChange'>
  vendor: Pick<VendorCalendars, 'getCalendar' | 'resubscribeCalendar' | 'syncCalendar'>
  limits: Pick<VendorLimits, 'takeWriteSlot' | 'pauseWrites'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type CheckCalendarOutcome = 'checked' | 'renewed' | 'read_again' | 'gone' | 'skipped'

/**
 * The vendor renews subscriptions itself every 6 hours (meetingbaas.md §4); what ends within that time has been missed.
 * Half an hour less, so that both do not do it at once.
 */
export const renewBeforeMs = 5.5 * 3_600_000

/**
 * What the vendor has not read for so long, it is told to read: a push that fell silent looks like a quiet calendar. Costs
 * 8 writes a day for a calendar that nothing happens in; the vendor itself reads each but once a day (meetingbaas.md §4).
 */
const vendorStaleAfterMs = 3 * 3_600_000
/** When it is told to renew or to read, within this time is soon enough. */
const reviveWithinMs = 60 * 60_000

/**
 * Asks the vendor how a connection is, and tells it to the log. Renews the push subscription that is about to end, and
 * has the vendor read a calendar that it has stopped reading.
 */
export async function checkCalendar(
  deps: Deps,
  { integrationId }: { integrationId: string },
): Promise<CheckCalendarOutcome> {
  const integration = await deps.calendars.find(integrationId)
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

/** While it is being set up or taken away, whoever does that decides, and has it checked afterwards. */
export function isChecked({ status }: Pick<CalendarIntegration, 'status'>): boolean {
  return status !== 'connecting' && status !== 'failed' && status !== 'disconnecting'
}

function mayBeChecked(integration: CalendarIntegration, now: Date): boolean {
  return isChecked(integration) && isFree(integration, now)
}

async function record(
  deps: Deps,
  { id: integrationId, calendarId, refreshToken }: CalendarIntegration,
  details: VendorCalendarDetails | null,
  renewed?: 'renewed',
) {
  const at = deps.now()
  const checked = await changeIntegration(deps, integrationId, 'sync', (before) => {
    // Connected anew since the vendor was asked: what it said is no longer true.
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

export function isStaleAtVendor({ syncedAt }: Pick<VendorCalendarDetails, 'syncedAt'>, now: Date): boolean {
  return syncedAt !== null && now.getTime() - syncedAt.getTime() > vendorStaleAfterMs
}

/** @returns false when the vendor does not have the calendar any more; the next check says so */
async function revive(deps: Deps, calendarId: string, details: VendorCalendarDetails, toRenew: boolean) {
  const { vendor, limits, now } = deps
  const { subscriptionExpiresAt } = details
  const hadLapsed = subscriptionExpiresAt === null || subscriptionExpiresAt <= now()
  // Bots that join before go first.
  const urgency = urgencyOfJoin(new Date(now().getTime() + reviveWithinMs), now())
  const write = (call: () => Promise<void>) => tolerate(vendorWrite(limits, call, urgency))
  const isThere = !toRenew || (await write(() => vendor.resubscribeCalendar(calendarId)))
  // What changed while nobody told the vendor is not in its lists yet.
  const isBehind = hadLapsed || isStaleAtVendor(details, now())
  return isThere && (!isBehind || (await write(() => vendor.syncCalendar(calendarId))))
}

/**
 * Some calendars cannot be pushed, or not at the moment; they are read every few minutes all the same.
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
