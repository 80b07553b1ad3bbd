import type { EventWrite } from '@seer/core/calendars/calendar-store'
import type { CalendarEvent } from '@seer/core/vendor/calendar-event'
import {
  type Arrays,
  bool,
  type Column,
  type ColumnsOf,
  json,
  type RowSet,
  rowSet,
  text,
  time,
  toColumn,
  typesOf,
  uuid,
} from '../columns.ts'
import type { RowTypes } from '../statement.ts'

type Calendars = 'provider' | 'calendarId' | 'accountEmail'
type Organizer = { organizerEmail: string | null; organizerName: string | null }
type OwnRow = Omit<CalendarEvent, Calendars | 'organizer'> & Organizer

/** An event as `selectEvent` selects it. */
export type EventRow = OwnRow & Pick<CalendarEvent, Calendars>

/** The fields of an event in its own row, and their columns. */
const columns: ColumnsOf<OwnRow> = {
  id: uuid('id'),
  integrationId: uuid('integration_id'),
  userId: uuid('user_id'),
  seriesId: uuid('series_id'),
  isRecurring: bool('is_recurring'),
  isException: bool('is_exception'),
  title: text('title'),
  description: text('description'),
  location: text('location'),
  startTime: time('start_time'),
  endTime: time('end_time'),
  timezone: text('timezone'),
  isAllDay: bool('is_all_day'),
  status: text('status'),
  meetingUrl: text('meeting_url'),
  platform: text('platform'),
  joinKey: text('join_key'),
  organizerEmail: text('organizer_email'),
  organizerName: text('organizer_name'),
  isOrganizer: bool('is_organizer'),
  attendees: json('attendees'),
  botScheduled: bool('bot_scheduled'),
  removedAt: time('removed_at'),
  detailsReadAt: time('details_read_at'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
}

/** A select list that makes rows for `toCalendarEvent`, of an event and its calendar. */
export function selectEvent(event: string, calendar: string): string {
  const own = Object.entries(columns).map(([field, { name }]) => `${event}.${name} AS "${field}"`)
  const ofCalendar = ['provider', 'calendar_id AS "calendarId"', 'account_email AS "accountEmail"']
  return [...own, ...ofCalendar.map((column) => `${calendar}.${column}`)].join(', ')
}

/** What `selectEvent` returns. */
export const eventTypes: RowTypes<EventRow> = {
  ...typesOf<OwnRow>(columns),
  provider: 'text',
  calendarId: 'text',
  accountEmail: 'text',
}

/** The event of a row. */
export function toCalendarEvent({ organizerEmail: email, organizerName: name, ...event }: EventRow): CalendarEvent {
  return { ...event, organizer: email === null && name === null ? null : { email, name } }
}

type Written = { column: Column; of: (write: EventWrite) => unknown }

/** Without details the list's facts are written, and stored details stay. */
const facts = ({ listed, details }: EventWrite) => details ?? listed

const listedColumns: Written[] = [
  { column: columns.id, of: ({ listed }) => listed.id },
  { column: columns.seriesId, of: (write) => facts(write).seriesId },
  { column: columns.isRecurring, of: (write) => facts(write).isRecurring },
  { column: columns.isException, of: (write) => facts(write).isException },
  { column: columns.title, of: (write) => facts(write).title },
  { column: columns.startTime, of: (write) => facts(write).startTime },
  { column: columns.endTime, of: (write) => facts(write).endTime },
  { column: columns.status, of: (write) => facts(write).status },
  { column: columns.meetingUrl, of: (write) => facts(write).meetingUrl },
  { column: columns.platform, of: (write) => facts(write).platform },
  { column: columns.botScheduled, of: (write) => facts(write).botScheduled },
  { column: time('vendor_created_at'), of: (write) => facts(write).createdAt },
  { column: columns.joinKey, of: ({ joinKey }) => joinKey },
  { column: columns.removedAt, of: ({ removedAt }) => removedAt },
  { column: text('fingerprint'), of: ({ fingerprint }) => fingerprint },
]

const detailColumns: Written[] = [
  { column: columns.description, of: ({ details }) => details?.description ?? null },
  { column: columns.location, of: ({ details }) => details?.location ?? null },
  { column: columns.timezone, of: ({ details }) => details?.timezone ?? null },
  { column: columns.isAllDay, of: ({ details }) => details?.isAllDay ?? false },
  { column: columns.organizerEmail, of: ({ details }) => details?.organizer?.email ?? null },
  { column: columns.organizerName, of: ({ details }) => details?.organizer?.name ?? null },
  { column: columns.isOrganizer, of: ({ isOrganizer }) => isOrganizer },
  { column: columns.attendees, of: ({ details }) => details?.attendees ?? null },
  { column: time('vendor_updated_at'), of: ({ details }) => details?.updatedAt ?? null },
]

const dueColumn: Written = { column: time('details_due_at'), of: ({ detailsDueAt }) => detailsDueAt }
const written = [...listedColumns, ...detailColumns, dueColumn]

/** For inserting events: `INSERT INTO calendar_events (columns) SELECT … FROM source AS incoming (columns)`. */
export const writtenRows = (p: { readonly [name: string]: string }): RowSet =>
  rowSet(
    written.map(({ column }) => column),
    (column) => p[`event.${column}`] as string,
  )

/** The values of `written` columns, one array for each column. */
export function writtenValues(writes: EventWrite[]): Arrays {
  const arrays: Arrays = {}
  for (const { column, of } of written) {
    arrays[`event.${column.name}`] = writes.map((write) => toColumn(column, of(write)))
  }
  return arrays
}

/** The columns that every write replaces, and the columns that only a write with details replaces. */
export const alwaysReplaced = listedColumns.map(({ column }) => column.name).filter((name) => name !== 'id')
export const replacedByDetails = [
  ...detailColumns.map(({ column }) => column.name),
  'attendee_emails',
  'details_read_at',
]
