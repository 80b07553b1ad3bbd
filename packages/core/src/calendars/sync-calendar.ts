import type { Clock } from '../clock.ts'
import { PermanentError, SeerError } from '../errors.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { CalendarProvider } from './calendar-provider.ts'
import type { CalendarEventStore, CalendarStore, SyncStart } from './calendar-store.ts'
import { diffEvents, digestOf } from './diff-events.ts'
import type { SyncCounts } from './integration.ts'
import { readEventList } from './read-event-list.ts'
import { saveDifferences } from './save-differences.ts'

export type SyncDeps = {
  calendars: Pick<CalendarStore, 'beginSync' | 'finishSync' | 'failSync'>
  events: Pick<CalendarEventStore, 'listKnown' | 'save' | 'markRemoved'>
  provider: Pick<CalendarProvider, 'listEvents' | 'getEvent'>
  queue: Pick<JobQueue, 'enqueue'>
  now: Clock
  /** Time between two syncs of a calendar. */
  syncEveryMs: number
}

/** How far a sync has come; shown on the job. */
export type SyncProgress = { pages: number; listed: number; toRead: number; read: number }

export type SyncContext = { signal: AbortSignal; progress: (progress: SyncProgress) => void }

export type SyncCalendarResult = ({ outcome: 'unchanged' | 'changed' } & SyncCounts) | { outcome: 'skipped' | 'gone' }

/** Events of today and yesterday are still followed: a meeting may go on past midnight, in any time zone. */
const dayMs = 24 * 3_600_000

/**
 * Makes our copy of a calendar equal to the vendor's. Reads the whole list, compares it by digest, and only where that
 * differs looks for the events that do. Attendees and the like stand only in the single event, so these are read for
 * events that are new, changed, reported by a webhook, or about to start. Events are removed only on the vendor's word,
 * never because a list lacks them. Safe to repeat, also at once: newer details are not overwritten.
 * @throws RetryableError when the vendor could not be read
 */
export async function syncCalendar(
  deps: SyncDeps,
  { integrationId }: { integrationId: string },
  context: SyncContext,
): Promise<SyncCalendarResult> {
  const start = await deps.calendars.beginSync(integrationId, deps.now())
  if (!start) return { outcome: 'skipped' }
  try {
    return await sync(deps, start, context)
  } catch (error) {
    if (!(error instanceof PermanentError && error.code === 'PROVIDER_CALENDAR_NOT_FOUND')) throw error
    await noteFailure(deps, start, error)
    // Whether it is gone is for the check of the connection to say.
    await deps.queue.enqueue('check-calendar', { integrationId })
    return { outcome: 'gone' }
  }
}

async function sync(deps: SyncDeps, start: SyncStart, context: SyncContext): Promise<SyncCalendarResult> {
  const { integration, dueEventIds } = start
  const startedAt = deps.now()
  const from = new Date(Math.floor(startedAt.getTime() / dayMs) * dayMs - dayMs)
  const list = await readEventList(deps.provider, integration.calendarId as string, from, context)
  const digest = digestOf(list.fingerprints.values())
  if (digest === integration.sync.digest && dueEventIds.length === 0) {
    const counts = { ...nothing, unchanged: list.events.size, pages: list.pages }
    return await finish(deps, start, { counts, digest, startedAt })
  }
  const known = await deps.events.listKnown(integration.id, from)
  const diff = diffEvents(list, known)
  const saved = await saveDifferences(deps, { integration, list, known, diff, dueEventIds, startedAt }, context)
  const { isComplete, ...differences } = saved
  const counts = { ...differences, pages: list.pages }
  // What could not be verified must be looked at again, although the list will be the same.
  return await finish(deps, start, { counts, digest: isComplete ? digest : null, startedAt })
}

const nothing: SyncCounts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, pages: 0, detailReads: 0 }

type Ending = { counts: SyncCounts; digest: string | null; startedAt: Date }

async function finish(
  { calendars, now, syncEveryMs }: SyncDeps,
  { integration }: SyncStart,
  { counts, digest, startedAt }: Ending,
): Promise<SyncCalendarResult> {
  // Half a period: the tick that comes a period later finds it due, whatever the delay of this run.
  const nextSyncAt = new Date(startedAt.getTime() + syncEveryMs / 2)
  const { requested: served, digest: digestBefore } = integration.sync
  const at = now()
  await calendars.finishSync({ integrationId: integration.id, served, counts, digestBefore, digest, at, nextSyncAt })
  const isChanged = counts.created + counts.updated + counts.cancelled > 0
  return { outcome: isChanged ? 'changed' : 'unchanged', ...counts }
}

async function noteFailure(deps: Pick<SyncDeps, 'calendars' | 'now' | 'syncEveryMs'>, start: SyncStart, error: Error) {
  const { id: integrationId, sync } = start.integration
  const at = deps.now()
  const nextSyncAt = new Date(at.getTime() + syncPause(sync.failures + 1, deps.syncEveryMs))
  const code = error instanceof SeerError ? error.code : 'INTERNAL_ERROR'
  const { message } = error
  await deps.calendars.failSync({ integrationId, served: sync.requested, code, message, at, nextSyncAt })
}

/** Notes that a sync has failed for now, when no attempt is left; the calendar backs off alone. */
export async function giveUpSync(
  deps: Pick<SyncDeps, 'now' | 'syncEveryMs'> & { calendars: Pick<CalendarStore, 'beginSync' | 'failSync'> },
  { integrationId }: { integrationId: string },
  error: Error,
): Promise<void> {
  const start = await deps.calendars.beginSync(integrationId, deps.now())
  if (start) await noteFailure(deps as SyncDeps, start, error)
}

const longestPauseMs = 60 * 60_000

/** How long a calendar that failed this often in a row is left alone: doubling from one period, an hour at most. */
export function syncPause(failures: number, syncEveryMs: number): number {
  const doublings = Math.min(failures - 1, 10)
  return Math.max(syncEveryMs, Math.min(longestPauseMs, syncEveryMs * 2 ** doublings))
}
