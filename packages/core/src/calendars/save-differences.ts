import { parseMeetingUrl } from '../bots/meeting-url.ts'
import { RetryableError } from '../errors.ts'
import type { EventDetails, KnownEvent, ListedEvent } from './calendar-event.ts'
import type { EventWrite } from './calendar-store.ts'
import { type EventDiff, fingerprintOf } from './diff-events.ts'
import type { CalendarIntegration, SyncCounts } from './integration.ts'
import type { EventList } from './read-event-list.ts'
import type { SyncContext, SyncDeps } from './sync-calendar.ts'

/** What a sync found out before anything is written. */
type Findings = {
  integration: CalendarIntegration
  list: EventList
  known: KnownEvent[]
  diff: EventDiff
  dueEventIds: string[]
  startedAt: Date
}

/** `isComplete` is false when some event could not be verified. */
type Saved = Omit<SyncCounts, 'pages'> & { isComplete: boolean }

/** Attendees answer late, and the vendor's list does not show it: details are read once more before the start. */
const rereadBeforeStartMs = 30 * 60_000
/** An event whose details could not be read is asked for again after this time. */
const rereadAfterFailureMs = 5 * 60_000
/** Single events read at a time. */
const parallelReads = 5
/** Events written at a time; they stay, should the sync end early. */
const chunkSize = 50

/** Reads the details of whatever differs and writes it, chunk by chunk. */
export async function saveDifferences(deps: SyncDeps, findings: Findings, context: SyncContext): Promise<Saved> {
  const ids = idsToRead(findings)
  const knownById = new Map(findings.known.map((event) => [event.id, event]))
  const saved: Saved = { created: 0, updated: 0, cancelled: 0, unchanged: 0, detailReads: 0, isComplete: true }
  for (let from = 0; from < ids.length; from += chunkSize) {
    context.signal.throwIfAborted()
    const readAt = deps.now()
    const readings = await readAll(deps, findings, ids.slice(from, from + chunkSize))
    await write(deps, findings, readings, readAt)
    for (const reading of readings) count(saved, reading, knownById.get(reading.id))
    const { pages, events } = findings.list
    context.progress({ pages, listed: events.size, toRead: ids.length, read: Math.min(from + chunkSize, ids.length) })
  }
  saved.unchanged = findings.list.events.size - saved.created - saved.updated - saved.cancelled
  saved.unchanged = Math.max(0, saved.unchanged)
  return saved
}

/** Those that are due may also lie before the list begins; read, they are due no more. */
function idsToRead({ diff, dueEventIds }: Findings): string[] {
  return [...new Set([...diff.createdIds, ...diff.changedIds, ...diff.missingIds, ...dueEventIds])]
}

/** What came of reading one event. `details` is undefined when it could not be read, null when the vendor lacks it. */
type Reading = { id: string; listed: ListedEvent | undefined; details: EventDetails | null | undefined }

async function readAll({ provider }: SyncDeps, { integration, list }: Findings, ids: string[]): Promise<Reading[]> {
  const readings: Reading[] = []
  const waiting = [...ids]
  const calendarId = integration.calendarId as string
  async function readOn(): Promise<void> {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      readings.push({ id, listed: list.events.get(id), details: await readOne(provider, calendarId, id) })
    }
  }
  await Promise.all(Array.from({ length: parallelReads }, readOn))
  return readings
}

/** One event that the vendor cannot give must not hold up the others. */
async function readOne(provider: SyncDeps['provider'], calendarId: string, id: string) {
  try {
    return await provider.getEvent(calendarId, id)
  } catch (error) {
    if (error instanceof RetryableError) return undefined
    throw error
  }
}

async function write({ events }: SyncDeps, { integration, startedAt }: Findings, readings: Reading[], readAt: Date) {
  const writes: EventWrite[] = []
  const removed: string[] = []
  for (const { id, listed, details } of readings) {
    // Not listed and not there: gone. Listed, but not there: the list is older than the read.
    if (details === null) removed.push(id)
    else if (details || listed)
      writes.push(toWrite(integration, (listed ?? details) as ListedEvent, details, startedAt))
  }
  if (writes.length > 0) await events.save(integration, writes, readAt)
  if (removed.length > 0) await events.markRemoved(integration.id, removed, readAt)
}

function toWrite(
  integration: CalendarIntegration,
  listed: ListedEvent,
  read: EventDetails | undefined,
  now: Date,
): EventWrite {
  // Whether it is an exception stands in the list alone (openapi-v2.json).
  const details = read && { ...read, isException: listed.isException }
  const event = details ?? listed
  const link = event.meetingUrl === null ? null : parseMeetingUrl(event.meetingUrl)
  return {
    listed: event,
    // Of the list, because that is what the next list is compared with.
    fingerprint: fingerprintOf(listed),
    details: details ?? null,
    joinKey: link?.joinKey ?? null,
    isOrganizer: details ? organises(integration, details) : false,
    removedAt: null,
    detailsDueAt: details ? rereadAt(event, now) : new Date(now.getTime() + rereadAfterFailureMs),
  }
}

function organises({ accountEmail }: CalendarIntegration, { organizer, attendees }: EventDetails): boolean {
  return organizer?.email === accountEmail || (attendees ?? []).some((each) => each.self && each.organizer)
}

function rereadAt({ startTime, status, meetingUrl }: ListedEvent, now: Date): Date | null {
  const at = new Date(startTime.getTime() - rereadBeforeStartMs)
  return status !== 'cancelled' && meetingUrl !== null && at > now ? at : null
}

function count(saved: Saved, { listed, details }: Reading, before: KnownEvent | undefined): void {
  saved.detailReads++
  if (details === undefined) saved.isComplete &&= listed !== undefined
  const status = details === null ? 'cancelled' : (details ?? listed)?.status
  if (status === undefined) return
  if (!before) saved.created += listed ? 1 : 0
  else if (status === 'cancelled' && before.status !== 'cancelled') saved.cancelled++
  else if (isChanged(details, listed, before)) saved.updated++
}

function isChanged(details: Reading['details'], listed: ListedEvent | undefined, before: KnownEvent): boolean {
  if (details && before.vendorUpdatedAt && details.updatedAt > before.vendorUpdatedAt) return true
  const now = listed ?? details
  return now != null && fingerprintOf(now) !== before.fingerprint
}
