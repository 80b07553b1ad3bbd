import { createHash } from 'node:crypto'
import { linkReaderVersion } from '../../meetings/link/meeting-url.ts'
import type { KnownEvent, ListedEvent } from '../../vendor/calendar-event.ts'

export type EventDiff = {
  createdIds: string[]
  changedIds: string[]
  /** Events that we know, but that are no longer in the vendor's list. */
  missingIds: string[]
}

/**
 * The same for equal listings of an event. It is only compared, so another version may compute it differently. When
 * links are read differently, all events count as changed, and are read and written again.
 */
export function fingerprintOf(event: ListedEvent): string {
  const { id, seriesId, isRecurring, isException, title, status, meetingUrl, platform, botScheduled } = event
  const times = [event.startTime.getTime(), event.endTime.getTime()]
  const facts = [
    linkReaderVersion,
    id,
    seriesId,
    isRecurring,
    isException,
    title,
    status,
    meetingUrl,
    platform,
    botScheduled,
    ...times,
  ]
  return createHash('sha1').update(JSON.stringify(facts)).digest('base64')
}

/** The same for equal lists, in any order. */
export function digestOf(fingerprints: Iterable<string>): string {
  const hash = createHash('sha1')
  for (const fingerprint of [...fingerprints].sort()) hash.update(fingerprint)
  return hash.digest('base64')
}

/** The differences between the vendor's list and our copy. Pure. */
export function diffEvents(list: { fingerprints: ReadonlyMap<string, string> }, known: KnownEvent[]): EventDiff {
  const diff: EventDiff = { createdIds: [], changedIds: [], missingIds: [] }
  const knownById = new Map(known.map((event) => [event.id, event]))
  for (const [id, fingerprint] of list.fingerprints) {
    const before = knownById.get(id)
    if (!before) diff.createdIds.push(id)
    else if (before.fingerprint !== fingerprint) diff.changedIds.push(id)
  }
  diff.missingIds = known.filter(({ id }) => !list.fingerprints.has(id)).map(({ id }) => id)
  return diff
}
