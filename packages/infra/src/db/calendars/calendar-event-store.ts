import type { CalendarEventStore, EventFilter, EventPosition, EventWrite } from '@seer/core/calendars/calendar-store'
import type { CalendarIntegration } from '@seer/core/calendars/integration'
import type { CalendarEvent, KnownEvent } from '@seer/core/vendor/calendar-event'
import type pg from 'pg'
import {
  alwaysReplaced,
  replacedByDetails,
  selectEvent,
  toCalendarEvent,
  writtenRows,
  writtenValues,
} from './calendar-event-row.ts'

/** Our copy of the vendor's events, in Postgres. */
export function openCalendarEventStore(pool: pg.Pool): CalendarEventStore {
  return {
    listKnown: (integrationId, from) => listKnown(pool, integrationId, from),
    save: (integration, events, readAt) => save(pool, integration, events, readAt),
    markRemoved: async (integrationId, eventIds, at) => {
      await pool.query({ name: 'events-mark-removed', text: removeText, values: [integrationId, eventIds, at] })
    },
    list: (userId, filter, after, limit) => list(pool, userId, filter, after, limit),
    findForUser: async (userId, eventId) => {
      const text = `${eventOf} AND e.id = $2`
      const { rows } = await pool.query({ name: 'events-find-for-user', text, values: [userId, eventId] })
      return rows[0] ? toCalendarEvent(rows[0]) : null
    },
    removeEndedBefore: async (endedBefore, limit) => {
      const { rowCount } = await pool.query(
        `DELETE FROM calendar_events WHERE id IN (
          SELECT id FROM calendar_events WHERE end_time < $1 ORDER BY end_time LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [endedBefore, limit],
      )
      return rowCount ?? 0
    },
  }
}

async function listKnown(pool: pg.Pool, integrationId: string, from: Date): Promise<KnownEvent[]> {
  const { rows } = await pool.query({
    name: 'events-list-known',
    text: `SELECT id, fingerprint, status, vendor_updated_at AS "vendorUpdatedAt", updated_at AS "writtenAt",
        meeting_url AS "meetingUrl", join_key AS "joinKey"
      FROM calendar_events
      WHERE integration_id = $1 AND start_time >= $2 AND removed_at IS NULL`,
    values: [integrationId, from],
  })
  return rows
}

const incoming = writtenRows(4)
/** The clocks of a worker and the database may differ by so much. */
const clockSlack = `interval '5 seconds'`

/**
 * The calendar is locked first, and then its events in the order of their ids, as all writers of events do; a calendar
 * that is gone gets no events. Syncs of one calendar may overlap, so the database decides which of them read later: the
 * vendor's own time of change may be missing or wrong.
 */
const saveText = `
  WITH calendar AS (SELECT id FROM calendar_integrations WHERE id = $1 FOR KEY SHARE)
  INSERT INTO calendar_events AS stored
    (integration_id, user_id, ${incoming.columns}, attendee_emails, details_read_at, updated_at)
  SELECT calendar.id, $2::uuid, incoming.*,
    ARRAY(SELECT lower(attendee->>'email') FROM jsonb_array_elements(incoming.attendees) AS attendee
      WHERE attendee->>'email' IS NOT NULL),
    CASE WHEN incoming.vendor_updated_at IS NOT NULL THEN $3::timestamptz END, now()
  FROM calendar, ${incoming.source} AS incoming (${incoming.columns})
  ORDER BY incoming.id
  ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at,
    ${alwaysReplaced.map((column) => `${column} = excluded.${column}`).join(', ')},
    ${replacedByDetails.map((column) => `${column} = ${ofDetails(column)}`).join(', ')},
    details_due_at = CASE
      WHEN stored.details_due_at > $3 AND stored.details_due_at <= clock_timestamp() + ${clockSlack}
      THEN stored.details_due_at ELSE excluded.details_due_at END
  WHERE stored.integration_id = excluded.integration_id
    AND (stored.details_read_at IS NULL OR stored.details_read_at <= $3)
    AND (stored.removed_at IS NULL OR stored.removed_at <= $3)`

function ofDetails(column: string): string {
  return `CASE WHEN excluded.details_read_at IS NULL THEN stored.${column} ELSE excluded.${column} END`
}

async function save(
  pool: pg.Pool,
  integration: CalendarIntegration,
  events: EventWrite[],
  readAt: Date,
): Promise<void> {
  // One statement cannot write a row twice.
  const writes = [...new Map(events.map((event) => [event.listed.id, event])).values()]
  if (writes.length === 0) return
  const values = [integration.id, integration.userId, readAt, ...writtenValues(writes)]
  await pool.query({ name: 'events-save', text: saveText, values })
}

const removeText = `
  WITH calendar AS (SELECT id FROM calendar_integrations WHERE id = $1 FOR KEY SHARE),
  gone AS (
    SELECT e.id FROM calendar JOIN calendar_events e ON e.integration_id = calendar.id
    WHERE e.id = ANY ($2::uuid[]) AND e.removed_at IS NULL
      AND (e.details_read_at IS NULL OR e.details_read_at <= $3) ORDER BY e.id FOR NO KEY UPDATE OF e)
  UPDATE calendar_events SET status = 'cancelled', removed_at = $3, details_due_at = NULL, updated_at = now()
  FROM gone WHERE calendar_events.id = gone.id`

const eventOf = `SELECT ${selectEvent('e', 'c')} FROM calendar_events e
  JOIN calendar_integrations c ON c.id = e.integration_id
  WHERE e.user_id = $1 AND c.status <> 'disconnecting' AND c.calendar_id IS NOT NULL`

async function list(
  pool: pg.Pool,
  userId: string,
  filter: EventFilter,
  after: EventPosition | null,
  limit: number,
): Promise<CalendarEvent[]> {
  const values: unknown[] = [userId]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = [eventOf, ...conditionsOf(filter, bind)]
  if (after) conditions.push(`(e.start_time, e.id) > (${bind(after.startTime)}, ${bind(after.id)})`)
  const text = `${conditions.join(' AND ')} ORDER BY e.start_time, e.id LIMIT ${bind(limit)}`
  const { rows } = await pool.query(text, values)
  return rows.map(toCalendarEvent)
}

function conditionsOf(filter: EventFilter, bind: (value: unknown) => string): string[] {
  const conditions: string[] = []
  if (filter.calendarId) {
    const id = bind(filter.calendarId)
    conditions.push(`e.integration_id = (
      SELECT id FROM calendar_integrations WHERE user_id = $1 AND (id = ${id}::uuid OR calendar_id = ${id}::text))`)
  }
  if (filter.organizerEmail) conditions.push(`e.organizer_email = lower(${bind(filter.organizerEmail)})`)
  if (filter.attendeeEmail) conditions.push(`e.attendee_emails @> ARRAY[lower(${bind(filter.attendeeEmail)})]`)
  if (filter.startsFrom) conditions.push(`e.start_time >= ${bind(filter.startsFrom)}`)
  if (filter.startsUntil) conditions.push(`e.start_time <= ${bind(filter.startsUntil)}`)
  if (filter.endsAfter) conditions.push(`e.end_time > ${bind(filter.endsAfter)}`)
  if (filter.endsUntil) conditions.push(`e.end_time <= ${bind(filter.endsUntil)}`)
  if (filter.statuses) conditions.push(`e.status = ANY (${bind(filter.statuses)})`)
  return conditions
}
