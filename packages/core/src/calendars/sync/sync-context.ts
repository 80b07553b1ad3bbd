import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { VendorCalendars } from '../../vendor/vendor-calendars.ts'
import type { CalendarEventStore, IntegrationStore } from '../calendar-store.ts'

export type SyncDeps = {
  integrations: Pick<IntegrationStore, 'beginSync' | 'forgetDigest' | 'finishSync' | 'failSync'>
  events: Pick<CalendarEventStore, 'listKnown' | 'save' | 'markRemoved'>
  vendor: Pick<VendorCalendars, 'listEvents' | 'getEvent' | 'getCalendar'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
  /** Time between two syncs of a calendar. */
  syncEveryMs: number
  /** From 0 to 1. Spreads calendars that failed together. Default: Math.random. */
  random?: () => number
}

/** The progress of a sync. The job shows it. */
export type SyncProgress = { pages: number; listed: number; toRead: number; read: number }

export type SyncContext = { signal: AbortSignal; progress: (progress: SyncProgress) => void }
