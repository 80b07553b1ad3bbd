import { PermanentError } from '../../basics/errors.ts'
import { readPages } from '../../vendor/read-pages.ts'
import type { VendorCalendar, VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'

export type FindDeps = {
  integrations: Pick<IntegrationStore, 'linkedAmong' | 'isConnectedElsewhere'>
  vendor: Pick<VendorCalendars, 'listCalendars' | 'getCalendar'>
}

/** The vendor's clock may differ. A connection made this long before our attempt may still come from it. */
const clockSkewMs = 60_000
/** Pages of 250 calendars. A longer list counts as endless. */
const mostPages = 400

/** `exact`: the vendor says that it is this calendar. `nameless`: of the same account, without a calendar's id. */
type Candidates = { exact: VendorCalendar[]; nameless: VendorCalendar[] }

/**
 * Looks for a connection that an attempt without an answer may have left at the vendor. The vendor's lists do not show
 * Google's or Microsoft's calendar id. Unless the details show it, the connection is the only one of that account that
 * belongs to no row and is not older than the attempt. If there are several, none is taken, because a guess may be
 * wrong.
 */
export async function findOurs(deps: FindDeps, integration: Integration): Promise<string | null> {
  const { exact, nameless } = await candidatesFor(deps, integration)
  const recent = nameless.filter((calendar) => isRecent(calendar, integration))
  const [found, ...others] = exact.length > 0 ? exact : recent
  return found && others.length === 0 ? found.calendarId : null
}

/**
 * Looks for the connection that the vendor says it has. It may be older than our attempt, from a row that was lost.
 * @throws PermanentError CALENDAR_CONNECTED_ELSEWHERE, CALENDAR_AMBIGUOUS
 */
export async function findExisting(deps: FindDeps, integration: Integration): Promise<string> {
  const { userId, provider, externalCalendarId } = integration
  if (await deps.integrations.isConnectedElsewhere(userId, provider, externalCalendarId)) {
    throw new PermanentError('CALENDAR_CONNECTED_ELSEWHERE')
  }
  const ours = await findOurs(deps, integration)
  if (ours !== null) return ours
  const { exact, nameless } = await candidatesFor(deps, integration)
  const [found, ...others] = exact.length > 0 ? exact : nameless
  if (others.length > 0) throw new PermanentError('CALENDAR_AMBIGUOUS')
  if (!found) throw new PermanentError('CALENDAR_CONNECTED_ELSEWHERE')
  return found.calendarId
}

async function candidatesFor(deps: FindDeps, integration: Integration): Promise<Candidates> {
  const candidates: Candidates = { exact: [], nameless: [] }
  for (const calendar of await unlinkedOf(deps, integration)) {
    const details = await deps.vendor.getCalendar(calendar.calendarId)
    if (details?.externalCalendarId === integration.externalCalendarId) candidates.exact.push(calendar)
    else if (details && details.externalCalendarId === null) candidates.nameless.push(calendar)
  }
  return candidates
}

async function unlinkedOf(deps: FindDeps, integration: Integration): Promise<VendorCalendar[]> {
  const { accountEmail } = integration
  const named = await listOf(deps, integration, { accountEmail })
  // The vendor does not say whether its filter is case-sensitive. The whole list is safe.
  const found = named.length > 0 ? named : await listOf(deps, integration, {})
  const linked = await deps.integrations.linkedAmong(found.map(({ calendarId }) => calendarId))
  return found.filter(({ calendarId }) => !linked.has(calendarId))
}

async function listOf(
  deps: FindDeps,
  { provider, accountEmail }: Integration,
  filter: { accountEmail?: string },
): Promise<VendorCalendar[]> {
  const calendars = await readAllCalendars(deps.vendor, filter)
  return calendars.items.filter((each) => each.provider === provider && each.accountEmail === accountEmail)
}

/** All calendars that the vendor has. @throws RetryableError VENDOR_UNAVAILABLE when the list does not end */
export async function readAllCalendars(
  vendor: Pick<VendorCalendars, 'listCalendars'>,
  filter: { accountEmail?: string },
  signal?: AbortSignal,
): Promise<{ items: VendorCalendar[]; calls: number }> {
  const all: { items: VendorCalendar[]; calls: number } = { items: [], calls: 0 }
  const readPage = (cursor: string | null) => vendor.listCalendars(filter, cursor)
  for await (const { items } of readPages(readPage, { of: 'calendars', mostPages, signal })) {
    all.items.push(...items)
    all.calls += 1
  }
  return all
}

function isRecent({ createdAt }: VendorCalendar, { connectStartedAt }: Integration): boolean {
  return connectStartedAt !== null && createdAt.getTime() >= connectStartedAt.getTime() - clockSkewMs
}
