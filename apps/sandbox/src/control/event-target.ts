import type { Connection, Instance } from '../calendars/connection.ts'
import { type Edit, editAll, editOne } from '../calendars/provider/edits.ts'
import type { ProviderSeries, RawCalendar } from '../calendars/provider/provider-account.ts'
import { occurrenceAt, type SeriesFacts } from '../calendars/provider/series.ts'
import type { World } from '../world.ts'
import { ControlError, notFound } from './control-error.ts'

/** What an edit changes: one occurrence of a series, with its present time, or all of them. */
export type Target = { source: ProviderSeries; scope: 'this' | 'all'; index: number; start: number; end: number }

type Options = { scope?: 'this' | 'all' | undefined; occurrence?: number | undefined }

/** The provider's calendar with this id, or the one behind the connection with this id. */
export function findRawCalendar({ accounts, calendars }: World, id: string): RawCalendar {
  const found = calendars.get(id)?.calendar ?? accounts.findCalendar(id)
  if (!found) throw notFound('calendar')
  return found
}

/**
 * What `event` names. The vendor's event id names one occurrence, its series id and the provider's id the whole series.
 */
export function findTarget(world: World, calendar: RawCalendar, event: string, options: Options): Target {
  const connection = world.calendars.ofCalendar(calendar)
  const instance = connection?.instances.find(event)
  const source = instance?.series.source ?? calendar.series.get(event) ?? sourceOfSeries(connection, event)
  if (!source) throw notFound('event')
  const index = options.occurrence ?? instance?.index ?? 0
  const scope = options.scope ?? (instance || options.occurrence !== undefined ? 'this' : 'all')
  return { source, scope, index, ...timeOf(source.facts, index, instance) }
}

/** The series after an edit of the target. */
export function applyEdit({ source, scope, index }: Target, edit: Edit): SeriesFacts {
  return scope === 'all' ? editAll(source.facts, edit) : editOne(source.facts, index, edit)
}

function sourceOfSeries(connection: Connection | undefined, seriesId: string): ProviderSeries | undefined {
  for (const series of connection?.series.values() ?? []) if (series.id === seriesId) return series.source
  return undefined
}

/** The time at the provider. If the event is gone there, the time that the vendor saw. */
function timeOf(facts: SeriesFacts, index: number, instance: Instance | undefined) {
  const occurrence = occurrenceAt(facts, index)
  if (typeof occurrence === 'object') return { start: occurrence.start, end: occurrence.end }
  if (instance) return { start: instance.start, end: instance.end }
  throw new ControlError(404, 'The series has no such occurrence.')
}
