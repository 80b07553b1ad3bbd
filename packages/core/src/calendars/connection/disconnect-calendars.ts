import type { CalendarProvider } from '../../vendor/calendar-providers.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import type { Integration } from '../integration.ts'
import { requestDisconnect } from './disconnect-calendar.ts'

type Deps = Parameters<typeof requestDisconnect>[0] & { integrations: Pick<IntegrationStore, 'list'> }

type Order = {
  userId: string
  provider: CalendarProvider
  /** Only the calendar with this id: ours, the vendor's or the provider's. */
  only: string | undefined
}

/** Disconnects calendars of a user at one provider. @returns the calendars that it found */
export async function disconnectCalendars(deps: Deps, { userId, provider, only }: Order): Promise<Integration[]> {
  const mine = await deps.integrations.list(userId)
  const meant = mine.filter((one) => one.provider === provider && isMeant(one, only))
  const disconnected: Integration[] = []
  for (const { id: integrationId } of meant) {
    const integration = await requestDisconnect(deps, { integrationId })
    if (integration) disconnected.push(integration)
  }
  return disconnected
}

function isMeant({ id, calendarId, externalCalendarId }: Integration, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === externalCalendarId) return true
  return [id, calendarId].includes(wanted.toLowerCase())
}
