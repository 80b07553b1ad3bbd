import type { CalendarEventStore, CalendarStore, EventWrite } from '../src/calendars/calendar-store.ts'
import type { CalendarIntegration } from '../src/calendars/integration.ts'
import type { Meeting } from '../src/meetings/meeting.ts'
import type { MeetingStore } from '../src/meetings/meeting-store.ts'
import type { SchedulingStore } from '../src/planning/scheduling-store.ts'
import type { IntegrationChanges } from './calendar-builders.ts'

export type OpenedScheduling = {
  scheduling: SchedulingStore
  calendars: CalendarStore
  calendarEvents: CalendarEventStore
  meetings: MeetingStore
  /** Makes a user whose rules, calendars and meetings can be stored. */
  newUser: () => Promise<string>
}

/** The stores, and functions that add data. */
export type SchedulingStage = OpenedScheduling & {
  added: (changes?: IntegrationChanges) => Promise<CalendarIntegration>
  /** @returns the events' ids */
  saved: (integration: CalendarIntegration, ...events: EventWrite[]) => Promise<string[]>
  /** Orders a bot for a separate meeting. */
  ordered: (userId: string, changes?: Partial<Meeting>) => Promise<Meeting>
}
