import type { Clock } from '../../basics/clock.ts'
import { batchesOf } from '../../basics/in-batches.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgency } from '../../jobs/urgency.ts'
import type { VendorCalendar, VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { ConnectionToCheck, IntegrationStore } from '../calendar-store.ts'
import { needsUser } from '../integration.ts'
import { isChecked, isStaleAtVendor, renewBeforeMs } from './check-calendar.ts'
import { readAllCalendars } from './find-at-vendor.ts'

type Deps = {
  integrations: Pick<IntegrationStore, 'listToCheck'>
  vendor: Pick<VendorCalendars, 'listCalendars'>
  queue: Pick<JobQueue, 'enqueueMany'>
  now: Clock
}

type Context = { signal: AbortSignal; progress: (progress: { calendars: number; listCalls: number }) => void }

export type CheckCalendarsResult = { calendars: number; listCalls: number; toCheck: number }

const batchSize = 1_000
/** How often each connection is checked. Push subscriptions live for days. */
const checkEveryMs = 24 * 3_600_000
/** How often a lapsed subscription is renewed, and a missing one made. Not at every tick. */
const renewEveryMs = 60 * 60_000
const subscribeEveryMs = 6 * 60 * 60_000

/**
 * Compares all connections with the vendor's list, 250 a call. check-calendar then looks at connections that differ or
 * are missing there, that the vendor has not read for a day, whose push subscription ends soon, or that were not
 * checked for a day.
 */
export async function checkCalendars(deps: Deps, { signal, progress }: Context): Promise<CheckCalendarsResult> {
  const { items, calls } = await readAllCalendars(deps.vendor, {}, signal)
  const vendors = new Map(items.map((calendar) => [calendar.calendarId, calendar]))
  const result = { calendars: 0, listCalls: calls, toCheck: 0 }
  const load = (after: ConnectionToCheck | null) => deps.integrations.listToCheck(after?.id ?? null, batchSize)
  for await (const connections of batchesOf(load, { size: batchSize, signal })) {
    const due = connections.filter((each) => needsCheck(each, vendors.get(each.calendarId), deps.now()))
    const payloads = due.map(({ id: integrationId }) => ({ integrationId }))
    const isNone = payloads.length === 0
    if (!isNone) await deps.queue.enqueueMany('check-calendar', payloads, { urgency: urgency.routine })
    result.calendars += connections.length
    result.toCheck += due.length
    progress(result)
  }
  return result
}

function needsCheck(connection: ConnectionToCheck, vendors: VendorCalendar | undefined, now: Date): boolean {
  const { status, checkedAt, subscriptionExpiresAt } = connection
  if (!isChecked(connection)) return false
  const silentMs = checkedAt === null ? Number.POSITIVE_INFINITY : now.getTime() - checkedAt.getTime()
  // A calendar that is gone at the vendor is `revoked` here. That is known already.
  if (!vendors) return status !== 'revoked' || silentMs > checkEveryMs
  if (vendors.status !== status || silentMs > checkEveryMs) return true
  if (needsUser(status) || silentMs < renewEveryMs) return false
  if (isStaleAtVendor(vendors, now)) return true
  const leftMs = subscriptionExpiresAt === null ? 0 : subscriptionExpiresAt.getTime() - now.getTime()
  if (leftMs <= 0) return silentMs > subscribeEveryMs
  return leftMs < renewBeforeMs
}
