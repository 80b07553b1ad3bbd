import { z } from 'zod'
import type { Connection, Instance, VendorSeries } from '../../calendars/connection.ts'
import type { AuthVerdict } from '../../calendars/provider/provider-account.ts'
import { refusals } from '../../calendars/verdicts.ts'
import type { World } from '../../world.ts'
import { invalid, VendorError } from '../vendor-error.ts'

const uuid = z.uuid()

/** The calendar in a path. 400 when its id is not a UUID, 404 when there is no such calendar. */
export function findCalendar(world: World, params: unknown): Connection {
  const found = world.calendars.get(pathId(params, 'calendar_id'))
  if (!found) throw new VendorError(404, 'FST_ERR_CALENDAR_NOT_FOUND_BY_ID', 'Calendar connection not found.')
  return found
}

/** The event in a path. 400 and 404 as for calendars. */
export function findEvent(connection: Connection, params: unknown): Instance {
  return requireEvent(connection.instances.find(pathId(params, 'event_id')))
}

/** Returns the event, or throws a 404 when there is none. */
export function requireEvent(found: Instance | undefined): Instance {
  if (!found) throw new VendorError(404, 'FST_ERR_EVENT_NOT_FOUND_BY_ID', 'Event not found.')
  return found
}

/** The series that a body names. 404 when the calendar has no such series. */
export function findSeries(connection: Connection, seriesId: string): VendorSeries {
  for (const series of connection.series.values()) if (series.id === seriesId) return series
  throw new VendorError(404, 'FST_ERR_EVENT_SERIES_NOT_FOUND_BY_ID', 'Event series not found.')
}

/** Turns the provider's verdict into the vendor's error. Does nothing for `ok`. */
export function requireOk(verdict: AuthVerdict): void {
  if (verdict === 'ok') return
  const { httpStatus, code, message } = refusals[verdict]
  throw new VendorError(httpStatus, code, message)
}

function pathId(params: unknown, name: 'calendar_id' | 'event_id'): string {
  const id = (params as Record<string, string>)[name]
  if (!uuid.safeParse(id).success) throw invalid(`params/${name} Invalid UUID`)
  return (id as string).toLowerCase()
}
