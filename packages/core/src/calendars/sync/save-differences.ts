import type { KnownEvent } from '../../vendor/calendar-event.ts'
import type { Integration, SyncCounts } from '../integration.ts'
import { type EventDiff, fingerprintOf } from './diff-events.ts'
import { outageAmong, type Reading, readDetails } from './read-details.ts'
import type { EventList } from './read-event-list.ts'
import type { SyncContext, SyncDeps } from './sync-context.ts'
import { eventWriter } from './write-events.ts'

/** What a sync has found before it writes. */
type Findings = {
  integration: Integration
  list: EventList
  known: KnownEvent[]
  diff: EventDiff
  dueEventIds: string[]
  startedAt: Date
}

type Saved = Omit<SyncCounts, 'pages'> & {
  /** False when an event could not be verified. */
  isComplete: boolean
  /** The calendar's digest after this sync's writes. */
  digestBefore: string | null
}

/** How many events are written at a time. They stay even if the sync ends early. */
const chunkSize = 50

/**
 * Reads the details of all events that differ and writes them, chunk by chunk. If single events cannot be read at all,
 * the data of the list is written, and the details stay due.
 * @throws RetryableError when single events cannot be read at all
 */
export async function saveDifferences(deps: SyncDeps, findings: Findings, context: SyncContext): Promise<Saved> {
  const { integration, list } = findings
  const ids = idsToRead(findings)
  const known = new Map(findings.known.map((event) => [event.id, event]))
  const writer = eventWriter(deps, { ...findings, known })
  const counts = { created: 0, updated: 0, cancelled: 0, unchanged: 0, detailReads: 0, isComplete: true }
  let outage: Error | undefined
  for (let from = 0; from < ids.length; from += chunkSize) {
    context.signal.throwIfAborted()
    const readAt = deps.now()
    const chunk = ids.slice(from, from + chunkSize).map((id) => ({ id, listed: list.events.get(id) }))
    const readings: Reading[] = outage
      ? chunk.map((event) => ({ ...event, details: undefined }))
      : await readDetails(deps.vendor, integration.calendarId as string, chunk)
    outage ??= outageAmong(readings)
    await writer.write(readings, readAt, { isOutage: outage !== undefined })
    for (const reading of readings) count(counts, reading, known.get(reading.id))
    const { pages, events } = list
    context.progress({ pages, listed: events.size, toRead: ids.length, read: Math.min(from + chunkSize, ids.length) })
  }
  if (outage) throw outage
  const unchanged = Math.max(0, list.events.size - counts.created - counts.updated - counts.cancelled)
  return { ...counts, unchanged, digestBefore: writer.digest() }
}

/**
 * The events to read. Due events may also lie before the start of the list; after the read they are not due any more.
 */
function idsToRead({ diff, dueEventIds }: Findings): string[] {
  return [...new Set([...diff.createdIds, ...diff.changedIds, ...diff.missingIds, ...dueEventIds])]
}

type Counts = Omit<Saved, 'digestBefore'>

function count(counts: Counts, { listed, details }: Reading, before: KnownEvent | undefined): void {
  counts.detailReads++
  if (details === undefined) counts.isComplete &&= listed !== undefined
  const status = listed?.status ?? (details === null ? 'cancelled' : details?.status)
  if (status === undefined) return
  if (!before) counts.created += listed ? 1 : 0
  else if (status === 'cancelled' && before.status !== 'cancelled') counts.cancelled++
  else if (isChanged(details, listed, before)) counts.updated++
}

function isChanged(details: Reading['details'], listed: Reading['listed'], before: KnownEvent): boolean {
  if (details && details.updatedAt.getTime() !== before.vendorUpdatedAt?.getTime()) return true
  const now = listed ?? details
  return now != null && fingerprintOf(now) !== before.fingerprint
}
