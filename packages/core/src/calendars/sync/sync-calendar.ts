import { PermanentError } from '../../basics/errors.ts'
import { startConsequences } from '../../jobs/consequences.ts'
import type { IntegrationStore, SyncStart } from '../calendar-store.ts'
import { consequencesOf } from '../consequences.ts'
import type { SyncCounts } from '../integration.ts'
import { diffEvents, digestOf } from './diff-events.ts'
import { readEventList } from './read-event-list.ts'
import { saveDifferences } from './save-differences.ts'
import { soonestAgainMs } from './sync-calendars.ts'
import type { SyncContext, SyncDeps } from './sync-context.ts'
import { failureFacts, syncPause } from './sync-failure.ts'

export type SyncCalendarResult = ({ outcome: 'unchanged' | 'changed' } & SyncCounts) | { outcome: 'skipped' | 'gone' }

/** Events of today and yesterday are followed, too, because a meeting may go on past midnight in any time zone. */
const dayMs = 24 * 3_600_000

/**
 * Makes our copy of a calendar equal to the vendor's. It reads the whole list and compares its digest. Only if that
 * differs, it looks for the events that differ. Attendees and other details come only with the single event, so those
 * are read for events that are new, changed, reported by a webhook, or about to start. An event is removed only when
 * the list lacks it and the vendor, asked for the event, does not have it. Safe to repeat, also at the same time: what
 * was read later stays.
 * @throws RetryableError when the vendor could not be read
 */
export async function syncCalendar(
  deps: SyncDeps,
  { integrationId }: { integrationId: string },
  context: SyncContext,
): Promise<SyncCalendarResult> {
  const start = await deps.integrations.beginSync(integrationId, deps.now())
  if (!start) return { outcome: 'skipped' }
  try {
    return await sync(deps, start, context)
  } catch (error) {
    if (!(error instanceof PermanentError && error.code === 'VENDOR_CALENDAR_NOT_FOUND')) throw error
    await noteFailure(deps, start, error)
    await startConsequences(deps.queue, consequencesOf({ kind: 'missing', integrationId }, deps.now()))
    return { outcome: 'gone' }
  }
}

async function sync(deps: SyncDeps, start: SyncStart, context: SyncContext): Promise<SyncCalendarResult> {
  const { integration, dueEventIds } = start
  const startedAt = deps.now()
  const from = new Date(Math.floor(startedAt.getTime() / dayMs) * dayMs - dayMs)
  const list = await readEventList(deps.vendor, integration.calendarId as string, from, context)
  const digest = digestOf(list.fingerprints.values())
  if (digest === integration.sync.digest && dueEventIds.length === 0) {
    const counts = { ...nothing, unchanged: list.events.size, pages: list.pages }
    return await finish(deps, start, { counts, digestBefore: digest, digest, startedAt })
  }
  const known = await deps.events.listKnown(integration.id, from)
  const diff = diffEvents(list, known)
  const saved = await saveDifferences(deps, { integration, list, known, diff, dueEventIds, startedAt }, context)
  const { isComplete, digestBefore, ...differences } = saved
  const counts = { ...differences, pages: list.pages }
  // An event that could not be verified must be looked at again, although the list will be the same.
  return await finish(deps, start, { counts, digestBefore, digest: isComplete ? digest : null, startedAt })
}

const nothing: SyncCounts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, pages: 0, detailReads: 0 }

type Ending = { counts: SyncCounts; digestBefore: string | null; digest: string | null; startedAt: Date }

async function finish(
  { integrations, queue, now, syncEveryMs }: SyncDeps,
  { integration }: SyncStart,
  { counts, digestBefore, digest, startedAt }: Ending,
): Promise<SyncCalendarResult> {
  const nextSyncAt = new Date(startedAt.getTime() + soonestAgainMs(syncEveryMs))
  const { requested: served } = integration.sync
  const at = now()
  await integrations.finishSync({ integrationId: integration.id, served, counts, digestBefore, digest, at, nextSyncAt })
  const isChanged = counts.created + counts.updated + counts.cancelled > 0
  await startConsequences(queue, consequencesOf({ kind: 'synced', integration, isChanged }, at))
  return { outcome: isChanged ? 'changed' : 'unchanged', ...counts }
}

type FailureDeps = Pick<SyncDeps, 'now' | 'syncEveryMs' | 'random'> & {
  integrations: Pick<IntegrationStore, 'failSync'>
}

async function noteFailure(deps: FailureDeps, { integration }: SyncStart, error: Error): Promise<void> {
  const { requested: served, failures } = integration.sync
  const at = deps.now()
  const facts = failureFacts(error)
  const pause = syncPause({ ...deps, failures: failures + 1, code: facts.code })
  const nextSyncAt = new Date(at.getTime() + pause)
  await deps.integrations.failSync({ integrationId: integration.id, served, ...facts, at, nextSyncAt })
}

/** Notes that a sync failed and no attempt is left. Then only this calendar waits longer. */
export async function giveUpSync(
  deps: FailureDeps & { integrations: Pick<IntegrationStore, 'beginSync'> },
  { integrationId }: { integrationId: string },
  error: Error,
): Promise<void> {
  const start = await deps.integrations.beginSync(integrationId, deps.now())
  if (start) await noteFailure(deps, start, error)
}
