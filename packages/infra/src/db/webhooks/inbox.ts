import type { Meeting } from '@seer/core/meetings/meeting'
import type { Forgotten, Inbox, LoadedInboxEvent, NewInboxEvent } from '@seer/core/webhooks/inbox'
import type pg from 'pg'
import { groupCommit } from '../../group-commit.ts'
import type { ChangeWriter } from '../change-writer.ts'
import { claimDueSql } from '../claim-due.ts'
import { isDatabaseUnavailable } from '../database-errors.ts'
import { meetingIn, meetingTypes, selectMeeting } from '../meetings/meeting-row.ts'
import { type Named, returns, statement } from '../statement.ts'

/** The bodies of a batch are in memory and are sent in one statement. */
const batchSize = 200
/** One batch is being written to disk while the next one is put together. */
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
      await saveFailed.count(pool, { webhookEventId, error })
    },
    countDue: async (now, limit) => (await countDue.first(pool, { now, limit }))?.count ?? 0,
    claimDue: (now, nextDueAt, limit) => claimDue.all(pool, { now, nextDueAt, limit }),
    forgetBot: (botId) => forgetBot.only(pool, { botId }),
    removeBodies: (processedBefore, limit) => removeBodies.count(pool, { processedBefore, limit }),
  }
}

const saveFailed = statement(
  'inbox-save-failed',
  (p: Named<{ webhookEventId: string; error: string }>) => `
    UPDATE webhook_events SET state = 'failed', error = ${p.error}, due_at = NULL, attempts = attempts + 1
    WHERE id = ${p.webhookEventId} AND state = 'received'`,
  { isPrepared: false },
)

const countDue = statement(
  'inbox-count-due',
  (p: Named<{ now: Date; limit: number }>) => `SELECT count(*)::int FROM (
    SELECT FROM webhook_events WHERE due_at <= ${p.now} LIMIT ${p.limit}) AS due`,
  { returns: returns<{ count: number }>({ count: 'int' }), isPrepared: false },
)

const claimDue = statement(
  'inbox-claim-due',
  (p: Named<{ now: Date; nextDueAt: Date; limit: number }>) =>
    claimDueSql({
      table: 'webhook_events',
      now: p.now,
      limit: p.limit,
      set: `due_at = ${p.nextDueAt}`,
      returning: 'webhook_events.id, webhook_events.round',
    }),
  { returns: returns<{ id: string; round: number }>({ id: 'uuid', round: 'int' }), isPrepared: false },
)

const removeBodies = statement(
  'inbox-remove-bodies',
  (p: Named<{ processedBefore: Date; limit: number }>) => `
    UPDATE webhook_events SET body = NULL WHERE id IN (
      SELECT id FROM webhook_events WHERE state = 'processed' AND body IS NOT NULL
        AND processed_at < ${p.processedBefore}
      ORDER BY processed_at LIMIT ${p.limit} FOR UPDATE SKIP LOCKED)`,
  { isPrepared: false },
)

/** Those that are not processed yet lose their body when they are. */
const forgetBot = statement(
  'inbox-forget-bot',
  (p: Named<{ botId: string }>) => `
    WITH forgotten AS (
      UPDATE webhook_events SET body = NULL
      WHERE vendor_bot_id = ${p.botId} AND body IS NOT NULL AND state <> 'received' RETURNING id)
    SELECT (SELECT count(*)::int FROM forgotten) AS forgotten, count(*)::int AS waiting FROM webhook_events
    WHERE vendor_bot_id = ${p.botId} AND body IS NOT NULL AND state = 'received'`,
  { returns: returns<Forgotten>({ forgotten: 'int', waiting: 'int' }), isPrepared: false },
)

type ArraysOf<Item> = { [Field in keyof Item]: Item[Field][] }

const insert = statement(
  'inbox-insert',
  (p: Named<ArraysOf<NewInboxEvent>>) => `
    INSERT INTO webhook_events (id, source, message_id, dedupe_key, business_key, event_type, vendor_bot_id,
      meeting_id, body, received_at, due_at)
    SELECT * FROM unnest(${p.id}::uuid[], ${p.source}::text[], ${p.messageId}::text[], ${p.dedupeKey}::text[],
      ${p.businessKey}::text[], ${p.eventType}::text[], ${p.vendorBotId}::text[], ${p.meetingId}::uuid[],
      ${p.body}::text[], ${p.receivedAt}::timestamptz[], ${p.dueAt}::timestamptz[])
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id`,
  { returns: returns<{ id: string }>({ id: 'uuid' }) },
)

async function insertEvents(pool: pg.Pool, events: NewInboxEvent[]): Promise<('stored' | 'duplicate')[]> {
  const rows = await insert.all(pool, {
    id: events.map((event) => event.id),
    source: events.map((event) => event.source),
    messageId: events.map((event) => event.messageId),
    dedupeKey: events.map((event) => event.dedupeKey),
    businessKey: events.map((event) => event.businessKey),
    eventType: events.map((event) => event.eventType),
    vendorBotId: events.map((event) => event.vendorBotId),
    meetingId: events.map((event) => event.meetingId),
    body: events.map((event) => event.body),
    receivedAt: events.map((event) => event.receivedAt),
    dueAt: events.map((event) => event.dueAt),
  })
  const stored = new Set(rows.map(({ id }) => id))
  return events.map(({ id }) => (stored.has(id) ? 'stored' : 'duplicate'))
}

type InboxRow = LoadedInboxEvent['event']
type EventRow = {
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
/** Without a meeting, the meeting's columns are null. */
type LoadedRow = EventRow & (Meeting | { id: null })

const loadAll = statement(
  'inbox-load',
  (p: Named<{ ids: string[] }>) => `
    SELECT e.id AS "eventId", e.source AS "eventSource", e.event_type AS "eventType",
      e.vendor_bot_id AS "eventBotId", e.meeting_id AS "eventMeetingId", e.body AS "eventBody",
      e.state AS "eventState", e.outcome AS "eventOutcome", e.received_at AS "eventReceivedAt",
      e.business_key IS NOT NULL AND EXISTS (
        SELECT FROM webhook_events other
        WHERE other.business_key = e.business_key AND other.id <> e.id AND other.outcome IN ('applied', 'unknown')
      ) AS "factAlreadyApplied",
      ${selectMeeting('m')}
    FROM webhook_events e
    LEFT JOIN LATERAL (
      SELECT * FROM meetings WHERE id = e.meeting_id
      UNION ALL
      SELECT * FROM meetings WHERE meeting_baas_id = e.vendor_bot_id
      LIMIT 1
    ) m ON true
    WHERE e.id = ANY (${p.ids}::uuid[])`,
  {
    returns: returns<EventRow & Meeting>({
      eventId: 'uuid',
      eventSource: 'text',
      eventType: 'text',
      eventBotId: 'text',
      eventMeetingId: 'uuid',
      eventBody: 'text',
      eventState: 'text',
      eventOutcome: 'text',
      eventReceivedAt: 'timestamptz',
      factAlreadyApplied: 'boolean',
      ...meetingTypes,
    }),
  },
)

async function loadEvents(pool: pg.Pool, ids: string[]): Promise<(LoadedInboxEvent | null)[]> {
  const rows: LoadedRow[] = await loadAll.all(pool, { ids })
  const loaded = new Map(rows.map((row) => [row.eventId, toLoaded(row)]))
  return ids.map((id) => loaded.get(id) ?? null)
}

function toLoaded(row: LoadedRow): LoadedInboxEvent {
  return {
    event: {
      id: row.eventId,
      source: row.eventSource,
      eventType: row.eventType,
      vendorBotId: row.eventBotId,
      meetingId: row.eventMeetingId,
      body: row.eventBody,
      state: row.eventState,
      outcome: row.eventOutcome,
      receivedAt: row.eventReceivedAt,
    },
    meeting: row.id === null ? null : meetingIn(row),
    factAlreadyApplied: row.factAlreadyApplied,
  }
}
