import type { CalendarProvider } from '../../vendor/calendar-providers.ts'
import type { CalendarStore } from '../calendar-store.ts'
import type { CalendarIntegration } from '../integration.ts'
import { requestDisconnect } from './disconnect-calendar.ts'

type Deps = Parameters<typeof requestDisconnect>[0] & { calendars: Pick<CalendarStore, 'list'> }

type Order = {
  userId: string
  provider: CalendarProvider
  /** Only the calendar with this id: ours, the vendor's or the provider's. */
  only: string | undefined
}

/** Disconnects calendars of a user at one provider. @returns the calendars that it found */
export async function disconnectCalendars(
  deps: Deps,
  { userId, provider, only }: Order,
): Promise<CalendarIntegration[]> {
  const mine = await deps.calendars.list(userId)
  const meant = mine.filter((one) => one.provider === provider && isMeant(one, only))
  const disconnected: CalendarIntegration[] = []
  for (const { id: integrationId } of meant) {
    const calendar = await requestDisconnect(deps, { integrationId })
    if (calendar) disconnected.push(calendar)
  }
  return disconnected
}

function isMeant({ id, calendarId, externalCalendarId }: CalendarIntegration, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === externalCalendarId) return true
  return [id, calendarId].includes(wanted.toLowerCase())
}
