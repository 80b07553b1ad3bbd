import { PermanentError } from '../errors.ts'
import type { CalendarProvider, VendorCalendar } from './calendar-provider.ts'
import type { CalendarStore } from './calendar-store.ts'
import type { CalendarIntegration } from './integration.ts'

type Deps = {
  calendars: Pick<CalendarStore, 'linkedAmong' | 'isConnectedElsewhere'>
  provider: Pick<CalendarProvider, 'listCalendars' | 'getCalendar'>
}

/** Clocks of two companies: what the vendor made this long before our attempt may still be its fruit. */
const clockSkewMs = 60_000

/**
 * Looks for the vendor's side of a connection whose id we never learnt. The vendor's lists do not name Google's or
 * Microsoft's calendar id, so it is found by account: those of that account that no row of ours has. The details may
 * tell which calendar it is; otherwise it must be the only one, or the only one made since our attempt.
 * @throws PermanentError CALENDAR_CONNECTED_ELSEWHERE, CALENDAR_AMBIGUOUS
 */
export async function findAtVendor(deps: Deps, integration: CalendarIntegration): Promise<string | null> {
  const { userId, provider, externalCalendarId } = integration
  if (await deps.calendars.isConnectedElsewhere(userId, provider, externalCalendarId)) {
    throw new PermanentError('CALENDAR_CONNECTED_ELSEWHERE')
  }
  const candidates = await unlinkedOf(deps, integration)
  const told: VendorCalendar[] = []
  for (const candidate of candidates) {
    const details = await deps.provider.getCalendar(candidate.calendarId)
    if (details?.externalCalendarId === externalCalendarId) return candidate.calendarId
    if (details && details.externalCalendarId === null) told.push(candidate)
  }
  const recent = told.filter((calendar) => isRecent(calendar, integration))
  const [found, ...others] = recent.length > 0 ? recent : told
  if (others.length > 0) throw new PermanentError('CALENDAR_AMBIGUOUS')
  return found?.calendarId ?? null
}

async function unlinkedOf(deps: Deps, integration: CalendarIntegration): Promise<VendorCalendar[]> {
  const { accountEmail } = integration
  const named = await listOf(deps, integration, { accountEmail })
  // The vendor does not say whether its filter minds upper and lower case; the whole list cannot be wrong.
  const found = named.length > 0 ? named : await listOf(deps, integration, {})
  const linked = await deps.calendars.linkedAmong(found.map(({ calendarId }) => calendarId))
  return found.filter(({ calendarId }) => !linked.has(calendarId))
}

async function listOf(
  deps: Deps,
  { provider, accountEmail }: CalendarIntegration,
  filter: { accountEmail?: string },
): Promise<VendorCalendar[]> {
  const found: VendorCalendar[] = []
  let cursor: string | null = null
  do {
    const page = await deps.provider.listCalendars(filter, cursor)
    found.push(...page.items.filter((each) => each.provider === provider && each.accountEmail === accountEmail))
    cursor = page.nextCursor === cursor ? null : page.nextCursor
  } while (cursor !== null)
  return found
}

function isRecent({ createdAt }: VendorCalendar, { connectStartedAt }: CalendarIntegration): boolean {
  return connectStartedAt !== null && createdAt.getTime() >= connectStartedAt.getTime() - clockSkewMs
}
