/** Webhooks about calendars of API v2. They say what changed, and Seer then reads from the vendor how it is now. */
import { z } from 'zod'
import { instantOrNull, token } from '../wire/fields.ts'
import { occurrenceIdList } from './event-ids.ts'
import { type EventReader, eventReader } from './event-reader.ts'

const calendarId = token(100)

/** The connection was made, changed or ended. @param timeField tells two webhooks about one calendar apart */
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

/** Only the text of the vendor's guide names this webhook, so nothing about its body is certain. */
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

/** Events of the calendar changed. Nothing tells two such webhooks apart, so there is no business key. */
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

/** Sent once, after the first sync, with all events of the calendar. They are too many to name, and all new to us. */
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
