import type { CalendarEventStore, EventFilter, EventPosition, EventWrite } from '@seer/core/calendars/calendar-store'
import type { Integration } from '@seer/core/calendars/integration'
import type { KnownEvent } from '@seer/core/vendor/calendar-event'
import type pg from 'pg'
import { removeEntries } from '../log/entries.ts'
import { type Bind, composed, type Named, returns, statement } from '../statement.ts'
import {
  alwaysReplaced,
  type EventRow,
  eventTypes,
  replacedByDetails,
  selectEvent,
  toCalendarEvent,
  writtenRows,
  writtenValues,
} from './calendar-event-row.ts'

/** Our copy of the vendor's events, in Postgres. */
export function openCalendarEventStore(pool: pg.Pool): CalendarEventStore {
  return {
    listKnown: (integrationId, from) => listKnown.all(pool, { integrationId, from }),
    save: (integration, events, readAt) => save(pool, integration, events, readAt),
    markRemoved: async (integrationId, eventIds, at) => {
      await markRemoved.count(pool, { integrationId, eventIds, at })
    },
    list: async (userId, filter, after, limit) =>
      (await listPage.all(pool, { userId, filter, after, limit })).map(toCalendarEvent),
    findForUser: async (userId, eventId) => {
      const row = await findForUser.first(pool, { userId, eventId })
      return row && toCalendarEvent(row)
    },
    removeEndedBefore: (endedBefore, limit) => removeEnded.count(pool, { endedBefore, limit }),
  }
}

const removeEnded = statement(
  'events-remove-ended',
  (p: Named<{ endedBefore: Date; limit: number }>) => `WITH ended AS (
      SELECT id FROM calendar_events WHERE end_time < ${p.endedBefore} ORDER BY end_time LIMIT ${p.limit}
      FOR UPDATE SKIP LOCKED),
    forgotten AS (${removeEntries('event', 'ended')})
    DELETE FROM calendar_events USING ended WHERE calendar_events.id = ended.id`,
  { isPrepared: false },
)

const listKnown = statement(
  'events-list-known',
  (p: Named<{ integrationId: string; from: Date }>) => `
    SELECT id, fingerprint, status, vendor_updated_at AS "vendorUpdatedAt", updated_at AS "writtenAt",
      meeting_url AS "meetingUrl", join_key AS "joinKey"
    FROM calendar_events
    WHERE integration_id = ${p.integrationId} AND start_time >= ${p.from} AND removed_at IS NULL`,
  {
    returns: returns<KnownEvent>({
      id: 'uuid',
      fingerprint: 'text',
      status: 'text',
      vendorUpdatedAt: 'timestamptz',
      writtenAt: 'timestamptz',
      meetingUrl: 'text',
      joinKey: 'text',
    }),
  },
)

/** How much the clocks of a worker and the database may differ. */
const clockSlack = `interval '5 seconds'`

/**
 * Locks the calendar first, and then its events in the order of their ids, like all writers of events. A calendar that
 * is gone gets no events. Syncs of one calendar may overlap. The database decides which of them read later, because the
 * vendor's own time of change may be missing or wrong.
 */
const saveEvents = statement('events-save', (p: Named<Record<string, unknown>>) => {
  const [integrationId, userId, readAt] = [p['integrationId'], p['userId'], p['readAt']]
  const incoming = writtenRows(p)
  return `
  WITH calendar AS (SELECT id FROM calendar_integrations WHERE id = ${integrationId} FOR KEY SHARE)
  INSERT INTO calendar_events AS stored
    (integration_id, user_id, ${incoming.columns}, attendee_emails, details_read_at, updated_at)
  SELECT calendar.id, ${userId}::uuid, incoming.*,
    ARRAY(SELECT lower(attendee->>'email') FROM jsonb_array_elements(incoming.attendees) AS attendee
      WHERE attendee->>'email' IS NOT NULL),
    CASE WHEN incoming.vendor_updated_at IS NOT NULL THEN ${readAt}::timestamptz END, now()
  FROM calendar, ${incoming.source} AS incoming (${incoming.columns})
  ORDER BY incoming.id
  ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at,
    ${alwaysReplaced.map((column) => `${column} = excluded.${column}`).join(', ')},
    ${replacedByDetails.map((column) => `${column} = ${ofDetails(column)}`).join(', ')},
    details_due_at = CASE
      WHEN stored.details_due_at > ${readAt} AND stored.details_due_at <= clock_timestamp() + ${clockSlack}
      THEN stored.details_due_at ELSE excluded.details_due_at END
  WHERE stored.integration_id = excluded.integration_id
    AND (stored.details_read_at IS NULL OR stored.details_read_at <= ${readAt})
    AND (stored.removed_at IS NULL OR stored.removed_at <= ${readAt})`
})

function ofDetails(column: string): string {
  return `CASE WHEN excluded.details_read_at IS NULL THEN stored.${column} ELSE excluded.${column} END`
}

async function save(pool: pg.Pool, integration: Integration, events: EventWrite[], readAt: Date): Promise<void> {
  // One statement cannot write a row twice.
  const writes = [...new Map(events.map((event) => [event.listed.id, event])).values()]
  if (writes.length === 0) return
  const { id: integrationId, userId } = integration
  await saveEvents.count(pool, { integrationId, userId, readAt, ...writtenValues(writes) })
}

const markRemoved = statement(
  'events-mark-removed',
  (p: Named<{ integrationId: string; eventIds: string[]; at: Date }>) => `
  WITH calendar AS (SELECT id FROM calendar_integrations WHERE id = ${p.integrationId} FOR KEY SHARE),
  gone AS (
    SELECT e.id FROM calendar JOIN calendar_events e ON e.integration_id = calendar.id
    WHERE e.id = ANY (${p.eventIds}::uuid[]) AND e.removed_at IS NULL
      AND (e.details_read_at IS NULL OR e.details_read_at <= ${p.at}) ORDER BY e.id FOR NO KEY UPDATE OF e)
  UPDATE calendar_events SET status = 'cancelled', removed_at = ${p.at}, details_due_at = NULL, updated_at = now()
  FROM gone WHERE calendar_events.id = gone.id`,
)

const eventOf = (userId: string) => `SELECT ${selectEvent('e', 'c')} FROM calendar_events e
  JOIN calendar_integrations c ON c.id = e.integration_id
  WHERE e.user_id = ${userId} AND c.status <> 'disconnecting' AND c.calendar_id IS NOT NULL`

const findForUser = statement(
  'events-find-for-user',
  (p: Named<{ userId: string; eventId: string }>) => `${eventOf(p.userId)} AND e.id = ${p.eventId}`,
  { returns: returns<EventRow>(eventTypes) },
)

type Page = { userId: string; filter: EventFilter; after: EventPosition | null; limit: number }

const epoch = new Date(0)
const everyFilter: EventFilter = {
  calendarId: 'id',
  organizerEmail: 'email',
  attendeeEmail: 'email',
  startsFrom: epoch,
  startsUntil: epoch,
  endsAfter: epoch,
  endsUntil: epoch,
  statuses: [],
}

const listPage = composed(
  'events-list',
  ({ userId, filter, after, limit }: Page, bind) => {
    const user = bind(userId)
    const conditions = [eventOf(user), ...conditionsOf(filter, user, bind)]
    if (after) conditions.push(`(e.start_time, e.id) > (${bind(after.startTime)}, ${bind(after.id)})`)
    return `${conditions.join(' AND ')} ORDER BY e.start_time, e.id LIMIT ${bind(limit)}`
  },
  {
    returns: returns<EventRow>(eventTypes),
    examples: [
      { userId: '', filter: {}, after: null, limit: 1 },
      { userId: '', filter: everyFilter, after: { startTime: epoch, id: '' }, limit: 1 },
    ],
  },
)

function conditionsOf(filter: EventFilter, user: string, bind: Bind): string[] {
  const conditions: string[] = []
  if (filter.calendarId) {
    const id = bind(filter.calendarId)
    conditions.push(`e.integration_id = (
      SELECT id FROM calendar_integrations WHERE user_id = ${user} AND (id = ${id}::uuid OR calendar_id = ${id}::text))`)
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
