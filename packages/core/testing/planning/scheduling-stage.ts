import type { CalendarEventStore, EventWrite, IntegrationStore } from '../../src/calendars/calendar-store.ts'
import type { Integration } from '../../src/calendars/integration.ts'
import type { Meeting } from '../../src/meetings/meeting.ts'
import type { MeetingStore } from '../../src/meetings/meeting-store.ts'
import type { SchedulingStore } from '../../src/planning/scheduling-store.ts'
import type { IntegrationChanges } from '../calendars/calendar-builders.ts'

export type OpenedScheduling = {
  scheduling: SchedulingStore
  integrations: IntegrationStore
  calendarEvents: CalendarEventStore
  meetings: MeetingStore
  /** Makes a user whose rules, calendars and meetings can be stored. */
  newUser: () => Promise<string>
}

/** The stores, and functions that add data. */
export type SchedulingStage = OpenedScheduling & {
  added: (changes?: IntegrationChanges) => Promise<Integration>
  /** @returns the events' ids */
  saved: (integration: Integration, ...events: EventWrite[]) => Promise<string[]>
  /** Orders a bot for a separate meeting. */
  ordered: (userId: string, changes?: Partial<Meeting>) => Promise<Meeting>
}
