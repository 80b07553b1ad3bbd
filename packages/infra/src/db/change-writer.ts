import type { Cause, NewTimelineEntry } from '@seer/core/meetings/meeting'
import type { MeetingChange } from '@seer/core/meetings/meeting-store'
import type pg from 'pg'
import { groupCommit } from '../group-commit.ts'
import { isDatabaseUnavailable } from './database-errors.ts'
import {
  changedRows,
  isRunOnly,
  runRows,
  subscriberRows,
  subscriberValues,
  type WrittenRows,
} from './meetings/meeting-row.ts'

/** What one job wants written: a change of a meeting, the outcome of an inbox event, or both together. */
export type Write = { change: MeetingChange | null; processed: ProcessedEvent | null }
export type ProcessedEvent = { webhookEventId: string; outcome: string; at: Date }

/** @returns false when the meeting no longer has the version that was read; then nothing of this write is done */
export type ChangeWriter = (write: Write) => Promise<boolean>

/**
 * Writes a change of a meeting, its timeline entries, who shares it and, when an inbox event caused it, that event's
 * outcome: all or nothing, and only if the meeting still has the version that was read. Changes of different meetings that come at the
 * same time share a statement.
 */
export function openChangeWriter(pool: pg.Pool): ChangeWriter {
  return groupCommit({
    write: (writes: Write[]) => writeAll(pool, writes),
    batchSize: 100,
    parallel: 4,
    isFatal: isDatabaseUnavailable,
    key: ({ change, processed }) => change?.before.id ?? processed?.webhookEventId ?? '',
  })
}

/** Rows are locked in the order of their ids, so that two such statements cannot wait for each other. */
function statement(name: string, changedRows: WrittenRows) {
  const parameter = (n: number, type: string) => `$${changedRows.parameters + n}::${type}[]`
  const subscribers = subscriberRows(changedRows.parameters + 14)
  const text = `
  WITH changed AS (SELECT * FROM ${changedRows.source} AS changed (${changedRows.columns})),
  locked AS (
    SELECT id FROM meetings WHERE (id, version) IN (SELECT id, version FROM changed) ORDER BY id FOR UPDATE),
  moved AS (
    UPDATE meetings SET ${changedRows.set}, version = meetings.version + 1, updated_at = now()
    FROM changed, locked
    WHERE meetings.id = changed.id AND meetings.version = changed.version AND locked.id = changed.id
    RETURNING meetings.id),
  logged AS (
    INSERT INTO meeting_events (meeting_id, seq, type, occurred_at, cause, webhook_event_id, data)
    SELECT entry.* FROM unnest(${parameter(1, 'uuid')}, ${parameter(2, 'int')}, ${parameter(3, 'text')},
      ${parameter(4, 'timestamptz')}, ${parameter(5, 'text')}, ${parameter(6, 'uuid')}, ${parameter(7, 'jsonb')})
      AS entry (meeting_id, seq, type, occurred_at, cause, webhook_event_id, data)
    WHERE entry.meeting_id IN (SELECT id FROM moved)),
  processed AS (
    UPDATE webhook_events SET state = 'processed', outcome = event.outcome, processed_at = event.processed_at,
      due_at = NULL, error = NULL, attempts = attempts + 1
    FROM unnest(${parameter(8, 'uuid')}, ${parameter(9, 'text')}, ${parameter(10, 'timestamptz')},
      ${parameter(11, 'uuid')}) AS event (id, outcome, processed_at, meeting_id)
    WHERE webhook_events.id = event.id AND webhook_events.state <> 'processed'
      AND (event.meeting_id IS NULL OR event.meeting_id IN (SELECT id FROM moved))),
  unsubscribed AS (
    DELETE FROM meeting_subscribers USING unnest(${parameter(12, 'uuid')}, ${parameter(13, 'uuid')})
      AS gone (meeting_id, user_id)
    WHERE meeting_subscribers.meeting_id = gone.meeting_id AND meeting_subscribers.user_id = gone.user_id
      AND gone.meeting_id IN (SELECT id FROM moved)),
  subscribed AS (
    INSERT INTO meeting_subscribers (${subscribers.columns}, meeting_created_at)
    SELECT share.*, meetings.created_at FROM ${subscribers.source} AS share (${subscribers.columns})
    JOIN meetings ON meetings.id = share.meeting_id
    WHERE share.meeting_id IN (SELECT id FROM moved)
    ON CONFLICT (meeting_id, user_id) DO UPDATE SET ${subscribers.updates})
  SELECT id FROM moved`
  return { name, text, changedValues: changedRows.values }
}

const writeRuns = statement('write-runs', runRows)
const writeChanges = statement('write-changes', changedRows)

/** Within a transaction where a client is given. */
export async function writeAll(pool: Pick<pg.PoolClient, 'query'>, writes: Write[]): Promise<boolean[]> {
  const changes = writes.flatMap(({ change }) => (change ? [change] : []))
  const next = changes.map(({ before, next, entries }) => ({
    ...next,
    version: before.version,
    lastSeq: before.lastSeq + entries.length,
  }))
  const isAboutRuns = changes.every(({ before, next }) => isRunOnly(before, next))
  const { name, text, changedValues } = isAboutRuns ? writeRuns : writeChanges
  const values = [...changedValues(next), ...entryValues(writes), ...processedValues(writes), ...shareValues(changes)]
  const { rows } = await pool.query<{ id: string }>({ name, text, values })
  const moved = new Set(rows.map(({ id }) => id))
  return writes.map(({ change }) => change === null || moved.has(change.before.id))
}

type Entry = NewTimelineEntry & { meetingId: string; seq: number; cause: Cause; webhookEventId: string | null }

function entryValues(writes: Write[]): unknown[][] {
  const entries = writes.flatMap(({ change, processed }) =>
    (change?.entries ?? []).map((entry, i): Entry => {
      const { before, cause } = change as MeetingChange
      const webhookEventId = processed?.webhookEventId ?? null
      return { ...entry, meetingId: before.id, seq: before.lastSeq + 1 + i, cause, webhookEventId }
    }),
  )
  return [
    entries.map((entry) => entry.meetingId),
    entries.map((entry) => entry.seq),
    entries.map((entry) => entry.type),
    entries.map((entry) => entry.occurredAt),
    entries.map((entry) => entry.cause),
    entries.map((entry) => entry.webhookEventId),
    entries.map((entry) => JSON.stringify(entry.data)),
  ]
}

function processedValues(writes: Write[]): unknown[][] {
  const events = writes.flatMap(({ change, processed }) =>
    processed ? [{ ...processed, meetingId: change?.before.id ?? null }] : [],
  )
  return [
    events.map((event) => event.webhookEventId),
    events.map((event) => event.outcome),
    events.map((event) => event.at),
    events.map((event) => event.meetingId),
  ]
}

function shareValues(changes: MeetingChange[]): unknown[][] {
  const gone = changes.flatMap(({ before, unsubscribe }) => (unsubscribe ? [[before.id, unsubscribe]] : []))
  const shares = changes.flatMap(({ before, subscribe }) =>
    subscribe ? [{ meetingId: before.id, subscriber: subscribe }] : [],
  )
  return [gone.map(([meetingId]) => meetingId), gone.map(([, userId]) => userId), ...subscriberValues(shares)]
}
