/**
 * Calendar events of API v2. They say that something changed, and where; what it is now is read from the vendor
 * afterwards.
 */
import { z } from 'zod'
import { instantOrNull, token } from '../fields.ts'
import { occurrenceIdList } from './event-ids.ts'
import { type EventReader, eventReader } from './event-reader.ts'

const calendarId = token(100)

/**
 * The connection was made, changed or ended.
 * @param timeField what tells two events of one calendar apart
 */
function connectionEvent(name: string, timeField: 'created_at' | 'updated_at' | 'deleted_at'): EventReader {
  const data = z.object({
    calendar_id: calendarId,
    created_at: instantOrNull,
    updated_at: instantOrNull,
    deleted_at: instantOrNull,
  })
  return eventReader(z.object({ data }), ({ data }) => {
    const at = data[timeField]
    const businessKey = at && `${name}:${data.calendar_id}:${at.toISOString()}`
    return { kind: 'calendar', calendarId: data.calendar_id, about: 'connection', eventIds: [], businessKey }
  })
}

/** Known only from prose, so nothing about its body is certain. */
const connectionError = eventReader(
  z.object({ data: z.object({ calendar_id: calendarId.nullish() }).nullish() }),
  ({ data }) => ({
    kind: 'calendar',
    calendarId: data?.calendar_id ?? null,
    about: 'connection',
    eventIds: [],
    businessKey: null,
  }),
)

/** Events of the calendar changed. Carries nothing that tells two messages apart, so it has no business key. */
function occurrenceEvent(list: 'instances' | 'affected_instances' | 'cancelled_instances'): EventReader {
  const data = z.object({
    calendar_id: calendarId,
    instances: occurrenceIdList,
    affected_instances: occurrenceIdList,
    cancelled_instances: occurrenceIdList,
  })
  return eventReader(z.object({ data }), ({ data }) => {
    const { calendar_id: calendarId, [list]: eventIds } = data
    return { kind: 'calendar', calendarId, about: 'events', eventIds, businessKey: null }
  })
}

/** Sent once, after the first sync, with all events: too many to name, and all are new to us. */
const eventsSynced = eventReader(z.object({ data: z.object({ calendar_id: calendarId }) }), ({ data }) => {
  return { kind: 'calendar', calendarId: data.calendar_id, about: 'events', eventIds: [], businessKey: null }
})

export const calendarEvents: [string, EventReader][] = [
  ['calendar.connection_created', connectionEvent('calendar.connection_created', 'created_at')],
  ['calendar.connection_updated', connectionEvent('calendar.connection_updated', 'updated_at')],
  ['calendar.connection_deleted', connectionEvent('calendar.connection_deleted', 'deleted_at')],
  ['calendar.connection_error', connectionError],
  ['calendar.events_synced', eventsSynced],
  ['calendar.event_created', occurrenceEvent('instances')],
  ['calendar.event_updated', occurrenceEvent('affected_instances')],
  ['calendar.event_cancelled', occurrenceEvent('cancelled_instances')],
]
