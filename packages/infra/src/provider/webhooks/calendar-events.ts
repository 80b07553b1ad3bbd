/** Calendar events of API v2. They are kept and acknowledged; what has changed is read from the vendor afterwards. */
import { z } from 'zod'
import { instantOrNull, token } from '../fields.ts'
import { type EventReader, eventReader } from './event-reader.ts'

const calendarId = token(100)

type TimeField = 'created_at' | 'updated_at' | 'deleted_at'

/** @param timeField what tells two events of one calendar apart; without one there is no business key */
function calendarEvent(name: string, timeField: TimeField | null): EventReader {
  const data = z.object({
    calendar_id: calendarId,
    created_at: instantOrNull,
    updated_at: instantOrNull,
    deleted_at: instantOrNull,
  })
  return eventReader(z.object({ data }), ({ data }) => {
    const at = timeField && data[timeField]
    const businessKey = at ? `${name}:${data.calendar_id}:${at.toISOString()}` : null
    const about = name.startsWith('calendar.connection') ? 'connection' : 'events'
    return { kind: 'calendar', calendarId: data.calendar_id, about, eventIds: [], businessKey }
  })
}

/** Known from prose alone, so nothing about its body is certain. */
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

export const calendarEvents: [string, EventReader][] = [
  ['calendar.connection_created', calendarEvent('calendar.connection_created', 'created_at')],
  ['calendar.connection_updated', calendarEvent('calendar.connection_updated', 'updated_at')],
  ['calendar.connection_deleted', calendarEvent('calendar.connection_deleted', 'deleted_at')],
  ['calendar.connection_error', connectionError],
  ['calendar.events_synced', calendarEvent('calendar.events_synced', null)],
  ['calendar.event_created', calendarEvent('calendar.event_created', null)],
  ['calendar.event_updated', calendarEvent('calendar.event_updated', null)],
  ['calendar.event_cancelled', calendarEvent('calendar.event_cancelled', null)],
]
