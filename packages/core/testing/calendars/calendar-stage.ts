import type { CalendarEventStore, IntegrationStore } from '../../src/calendars/calendar-store.ts'
import type { OauthFlowStore } from '../../src/calendars/connection/consent/oauth.ts'
import type { Integration } from '../../src/calendars/integration.ts'
import type { IntegrationChanges } from './calendar-builders.ts'

export type OpenedStores = {
  integrations: IntegrationStore
  calendarEvents: CalendarEventStore
  oauthFlows: OauthFlowStore
  /** Makes a user whose calendars can be stored. */
  newUser: () => Promise<string>
}

/** The stores, and a function that adds a calendar. */
export type CalendarStage = OpenedStores & { added: (changes?: IntegrationChanges) => Promise<Integration> }
