import { createHash } from 'node:crypto'
import type { KnownEvent, ListedEvent } from './calendar-event.ts'

export type EventDiff = {
  created: ListedEvent[]
  changed: ListedEvent[]
  /** Known to us, but no longer in the vendor's list. */
  missingIds: string[]
  unchanged: number
}

/** Equal for equal listings of an event. Only ever compared, so it may change its form between versions. */
export function fingerprintOf(event: ListedEvent): string {
  const { id, seriesId, isRecurring, isException, title, status, meetingUrl, platform, botScheduled } = event
  const times = [event.startTime.getTime(), event.endTime.getTime()]
  const facts = [id, seriesId, isRecurring, isException, title, status, meetingUrl, platform, botScheduled, ...times]
  return createHash('sha1').update(JSON.stringify(facts)).digest('base64')
}

/** Equal for equal lists, whatever their order. */
export function digestOf(fingerprints: Iterable<string>): string {
  const hash = createHash('sha1')
  for (const fingerprint of [...fingerprints].sort()) hash.update(fingerprint)
  return hash.digest('base64')
}

/** What differs between the vendor's list and our copy of it. Pure. */
export function diffEvents(listed: ReadonlyMap<string, ListedEvent>, known: KnownEvent[]): EventDiff {
  const diff: EventDiff = { created: [], changed: [], missingIds: [], unchanged: 0 }
  const knownById = new Map(known.map((event) => [event.id, event]))
  for (const event of listed.values()) {
    const before = knownById.get(event.id)
    if (!before) diff.created.push(event)
    else if (before.fingerprint !== fingerprintOf(event)) diff.changed.push(event)
    else diff.unchanged++
  }
  diff.missingIds = known.filter(({ id }) => !listed.has(id)).map(({ id }) => id)
  return diff
}
