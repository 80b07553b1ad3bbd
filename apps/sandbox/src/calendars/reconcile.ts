import { randomUUID } from 'node:crypto'
import type { Connection, Instance, VendorSeries } from './connection.ts'
import { vendorStatus } from './provider/event-content.ts'
import type { ProviderSeries } from './provider/provider-account.ts'
import { type Occurrence, occurrenceAt, occurrencesBetween } from './provider/series.ts'

/** An instance that changed, and when and where it was before. */
export type Updated = { instance: Instance; before: { start: number; meetingUrl: string | null } }

/** What the vendor found out about a series. `removed` occurrences are no longer in its lists. */
export type Changes = {
  series: VendorSeries
  created: Instance[]
  updated: Updated[]
  cancelled: Instance[]
  removed: Instance[]
}

/** Updates the vendor's copy of a series to what the provider knows. `now` is virtual ms. */
export function reconcile(connection: Connection, source: ProviderSeries, now: number): Changes {
  const series = connection.series.get(source.id) ?? addSeries(connection, source, now)
  if (!source.calendar.series.has(source.id)) return removeSeries(connection, series)
  const changes: Changes = { series, created: [], updated: [], cancelled: [], removed: [] }
  if (series.seen !== source.facts) {
    series.seen = source.facts
    for (const instance of series.instances) refresh(instance, changes, now)
    dropRemoved(connection, series, changes)
    if (changes.updated.length > 0) connection.instances.reorder()
  }
  changes.created = materialise(connection, series, now)
  return changes
}

/** Adds the occurrences that have come into the window, from what the vendor saw last. */
export function materialise(connection: Connection, series: VendorSeries, now: number): Instance[] {
  if (series.type === 'one_off' && series.instances.length > 0) return []
  const known = new Set(series.instances.map(({ index }) => index))
  const found = occurrencesBetween(series.seen, now, connection.windowEnd ?? now)
  const created = found
    .filter(({ index }) => !known.has(index))
    .map((occurrence) => newInstance(series, occurrence, now))
  series.instances = series.instances.concat(created)
  for (const instance of created) connection.instances.add(instance)
  return created
}

function addSeries(connection: Connection, source: ProviderSeries, now: number): VendorSeries {
  const { facts } = source
  const type = facts.recurrence ? 'recurring' : 'one_off'
  const common = { createdAt: now, seen: facts, instances: [], botConfig: null }
  const series: VendorSeries = { id: newId(), source, connection, type, ...common }
  connection.series.set(source.id, series)
  return series
}

function newInstance(series: VendorSeries, occurrence: Occurrence, now: number): Instance {
  const { index, start, end, content, isException } = occurrence
  const status = vendorStatus(content)
  const times = { createdAt: now, updatedAt: now }
  return { id: newId(), series, index, start, end, content, isException, status, bookings: noBookings, ...times }
}

/** A flat string: randomUUID returns a rope of twenty pieces, which costs much memory with a million events. */
const newId = (): string => Buffer.from(randomUUID(), 'latin1').toString('latin1')

const noBookings: Instance['bookings'] = []

function refresh(instance: Instance, changes: Changes, now: number): void {
  const occurrence = occurrenceAt(instance.series.seen, instance.index)
  if (occurrence === 'removed') changes.removed.push(instance)
  else if (occurrence) compare(instance, occurrence, changes, now)
  else if (instance.status !== 'cancelled') {
    instance.status = 'cancelled'
    instance.updatedAt = now
    changes.cancelled.push(instance)
  }
}

function compare(instance: Instance, { start, end, content, isException }: Occurrence, changes: Changes, now: number) {
  const { start: oldStart, end: oldEnd, content: oldContent, status: oldStatus } = instance
  if (start === oldStart && end === oldEnd && content === oldContent && isException === instance.isException) return
  const status = vendorStatus(content)
  Object.assign(instance, { start, end, content, isException, status, updatedAt: now })
  if (status !== 'cancelled') {
    changes.updated.push({ instance, before: { start: oldStart, meetingUrl: oldContent.meetingUrl } })
  } else if (oldStatus !== 'cancelled') changes.cancelled.push(instance)
}

function removeSeries(connection: Connection, series: VendorSeries): Changes {
  const removed = series.instances
  connection.series.delete(series.source.id)
  const changes: Changes = { series, created: [], updated: [], cancelled: [], removed }
  dropRemoved(connection, series, changes)
  return changes
}

function dropRemoved(connection: Connection, series: VendorSeries, { removed }: Changes): void {
  if (removed.length === 0) return
  const gone = new Set(removed)
  connection.instances.remove(gone)
  series.instances = series.instances.filter((instance) => !gone.has(instance))
}
