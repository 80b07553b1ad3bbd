import type { Inbox, LoadedInboxEvent, NewInboxEvent } from '@seer/core/webhooks/inbox'
import type pg from 'pg'
import { groupCommit } from '../../group-commit.ts'
import type { ChangeWriter } from '../change-writer.ts'
import { isDatabaseUnavailable } from '../database-errors.ts'
import { selectMeeting, toMeeting } from '../meetings/meeting-row.ts'

/** Bodies of a batch are held in memory and sent in one statement. */
const batchSize = 200
/** One batch is on its way to the disk while the next one is put together. */
const parallelBatches = 2

/** The inbox in Postgres. */
export function openInbox(pool: pg.Pool, write: ChangeWriter): Inbox {
  const store = groupCommit({
    write: (events: NewInboxEvent[]) => insertEvents(pool, events),
    batchSize,
    parallel: parallelBatches,
    isFatal: isDatabaseUnavailable,
  })
  const load = groupCommit({
    write: (ids: string[]) => loadEvents(pool, ids),
    batchSize,
    parallel: parallelBatches,
    isFatal: isDatabaseUnavailable,
  })
  return {
    store,
    load,
    saveProcessed: ({ change, ...processed }) =>
      write({ change: change && { ...change, cause: 'webhook' }, processed }),
    saveFailed: async (webhookEventId, error) => {
      await pool.query(
        `UPDATE webhook_events SET state = 'failed', error = $2, due_at = NULL, attempts = attempts + 1
          WHERE id = $1 AND state = 'received'`,
        [webhookEventId, error],
      )
    },
    countDue: async (now, limit) => {
      const { rows } = await pool.query<{ count: number }>(
        'SELECT count(*)::int FROM (SELECT FROM webhook_events WHERE due_at <= $1 LIMIT $2) AS due',
        [now, limit],
      )
      return rows[0]?.count ?? 0
    },
    claimDue: (now, nextDueAt, limit) => claimDue(pool, now, nextDueAt, limit),
    removeBodies: async (processedBefore, limit) => {
      const { rowCount } = await pool.query(
        `UPDATE webhook_events SET body = NULL WHERE id IN (
          SELECT id FROM webhook_events WHERE state = 'processed' AND body IS NOT NULL AND processed_at < $1
          ORDER BY processed_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [processedBefore, limit],
      )
      return rowCount ?? 0
    },
  }
}

async function insertEvents(pool: pg.Pool, events: NewInboxEvent[]): Promise<('stored' | 'duplicate')[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'inbox-insert',
    text: `INSERT INTO webhook_events (id, source, message_id, dedupe_key, business_key, event_type, vendor_bot_id,
        meeting_id, body, received_at, due_at)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::uuid[], $9::text[], $10::timestamptz[], $11::timestamptz[])
      ON CONFLICT (dedupe_key) DO NOTHING RETURNING id`,
    values: [
      events.map((event) => event.id),
      events.map((event) => event.source),
      events.map((event) => event.messageId),
      events.map((event) => event.dedupeKey),
      events.map((event) => event.businessKey),
      events.map((event) => event.eventType),
      events.map((event) => event.vendorBotId),
      events.map((event) => event.meetingId),
      events.map((event) => event.body),
      events.map((event) => event.receivedAt),
      events.map((event) => event.dueAt),
    ],
  })
  const stored = new Set(rows.map(({ id }) => id))
  return events.map(({ id }) => (stored.has(id) ? 'stored' : 'duplicate'))
}

const meetingColumns = selectMeeting('m')

type InboxRow = LoadedInboxEvent['event']
type LoadedRow = Record<string, unknown> & {
  eventId: string
  eventSource: string
  eventType: string
  eventBotId: string | null
  eventMeetingId: string | null
  eventBody: string | null
  eventState: InboxRow['state']
  eventOutcome: InboxRow['outcome']
  eventReceivedAt: Date
  factAlreadyApplied: boolean
}

async function loadEvents(pool: pg.Pool, ids: string[]): Promise<(LoadedInboxEvent | null)[]> {
  const { rows } = await pool.query<LoadedRow>({
    name: 'inbox-load',
    text: `SELECT e.id AS "eventId", e.source AS "eventSource", e.event_type AS "eventType",
        e.vendor_bot_id AS "eventBotId", e.meeting_id AS "eventMeetingId", e.body AS "eventBody",
        e.state AS "eventState", e.outcome AS "eventOutcome", e.received_at AS "eventReceivedAt",
        e.business_key IS NOT NULL AND EXISTS (
          SELECT FROM webhook_events other
          WHERE other.business_key = e.business_key AND other.id <> e.id AND other.outcome IN ('applied', 'unknown')
        ) AS "factAlreadyApplied",
        ${meetingColumns}
      FROM webhook_events e
      LEFT JOIN LATERAL (
        SELECT * FROM meetings WHERE id = e.meeting_id
        UNION ALL
        SELECT * FROM meetings WHERE meeting_baas_id = e.vendor_bot_id
        LIMIT 1
      ) m ON true
      WHERE e.id = ANY ($1::uuid[])`,
    values: [ids],
  })
  const loaded = new Map(rows.map((row) => [row.eventId, toLoaded(row)]))
  return ids.map((id) => loaded.get(id) ?? null)
}

function toLoaded(row: LoadedRow): LoadedInboxEvent {
  const { eventId, eventSource, eventType, eventBotId, eventMeetingId, eventBody, eventState, ...rest } = row
  const { eventOutcome, eventReceivedAt, factAlreadyApplied, ...meeting } = rest
  return {
    event: {
      id: eventId,
      source: eventSource,
      eventType,
      vendorBotId: eventBotId,
      meetingId: eventMeetingId,
      body: eventBody,
      state: eventState,
      outcome: eventOutcome,
      receivedAt: eventReceivedAt,
    },
    meeting: meeting['id'] === null ? null : toMeeting(meeting),
    factAlreadyApplied,
  }
}

async function claimDue(pool: pg.Pool, now: Date, nextDueAt: Date, limit: number) {
  const { rows } = await pool.query<{ id: string; round: number }>(
    `WITH due AS (SELECT id FROM webhook_events WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
      UPDATE webhook_events SET due_at = $2, round = round + 1 FROM due WHERE webhook_events.id = due.id
      RETURNING webhook_events.id, webhook_events.round`,
    [now, nextDueAt, limit],
  )
  return rows
}
