import type { MeetingChange } from '@seer/core/meetings/meeting-store'
import { tellBot } from '@seer/core/meetings/views/tell-bot'
import type pg from 'pg'
import { groupCommit } from '../group-commit.ts'
import type { Arrays } from './columns.ts'
import { isDatabaseUnavailable } from './database-errors.ts'
import { appendEntries, entryValues } from './log/entries.ts'
import { subscriberRows, subscriberValues } from './meetings/meeting-row.ts'
import { changedRows, isRunOnly, runRows, type WrittenRows } from './meetings/meeting-writes.ts'
import { type Named, type Queries, returns, statement } from './statement.ts'

/** One write: a change of a meeting, the outcome of an inbox event, or both. */
export type Write = { change: MeetingChange | null; processed: ProcessedEvent | null }
export type ProcessedEvent = { webhookEventId: string; outcome: string; at: Date; forgetsBody?: boolean }

/** @returns false when the meeting no longer has the version that was read; then nothing of this write is done */
export type ChangeWriter = (write: Write) => Promise<boolean>

/**
 * Writes a change of a meeting, its log entries, its shares and, when an inbox event caused it, the outcome of that
 * event. All or nothing, and only if the meeting still has the version that was read. Changes of different meetings at
 * the same time share a statement.
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

/** Locks rows in the order of their ids, so that two such statements cannot wait for each other. */
function writing(name: string, { rows, set, values }: WrittenRows) {
  const build = (p: Named<Record<string, unknown>>) => {
    const changed = rows(p)
    const subscribers = subscriberRows(p)
    return `
  WITH changed AS (SELECT * FROM ${changed.source} AS changed (${changed.columns})),
  locked AS (
    SELECT id FROM meetings WHERE (id, version) IN (SELECT id, version FROM changed) ORDER BY id FOR UPDATE),
  moved AS (
    UPDATE meetings SET ${set}, version = meetings.version + 1, updated_at = now()
    FROM changed, locked
    WHERE meetings.id = changed.id AND meetings.version = changed.version AND locked.id = changed.id
    RETURNING meetings.id),
  ${appendEntries('bot', 'moved', p)},
  processed AS (
    UPDATE webhook_events SET state = 'processed', outcome = event.outcome, processed_at = event.processed_at,
      due_at = NULL, error = NULL, attempts = attempts + 1, body = CASE WHEN NOT event.forgets_body THEN body END
    FROM unnest(${p['processed.id']}::uuid[], ${p['processed.outcome']}::text[], ${p['processed.at']}::timestamptz[],
      ${p['processed.meetingId']}::uuid[], ${p['processed.forgetsBody']}::boolean[])
      AS event (id, outcome, processed_at, meeting_id, forgets_body)
    WHERE webhook_events.id = event.id AND webhook_events.state <> 'processed'
      AND (event.meeting_id IS NULL OR event.meeting_id IN (SELECT id FROM moved))),
  unsubscribed AS (
    DELETE FROM meeting_subscribers USING unnest(${p['gone.meetingId']}::uuid[], ${p['gone.userId']}::uuid[])
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
  }
  return { write: statement(name, build, { returns: returns<{ id: string }>({ id: 'uuid' }) }), changedValues: values }
}

const writeRuns = writing('write-runs', runRows)
const writeChanges = writing('write-changes', changedRows)

/** In a transaction if a client is given. */
export async function writeAll(db: Queries, writes: Write[]): Promise<boolean[]> {
  const changes = writes.flatMap(({ change }) => (change ? [change] : []))
  const next = changes.map(({ before, next, entries }) => ({
    ...next,
    version: before.version,
    lastSeq: before.lastSeq + entries.length,
  }))
  const isAboutRuns = changes.every(({ before, next }) => isRunOnly(before, next))
  const { write, changedValues } = isAboutRuns ? writeRuns : writeChanges
  const values = {
    ...changedValues(next),
    ...entryValues(writes.flatMap(appended)),
    ...processedValues(writes),
    ...shareValues(changes),
  }
  const moved = new Set((await write.all(db, values)).map(({ id }) => id))
  return writes.map(({ change }) => change === null || moved.has(change.before.id))
}

function appended({ change, processed }: Write) {
  if (!change || change.entries.length === 0) return []
  return [{ ...change, told: tellBot(change, new Date()), webhookEventId: processed?.webhookEventId ?? null }]
}

function processedValues(writes: Write[]) {
  const events = writes.flatMap(({ change, processed }) =>
    processed ? [{ ...processed, meetingId: change?.before.id ?? null }] : [],
  )
  return {
    'processed.id': events.map((event) => event.webhookEventId),
    'processed.outcome': events.map((event) => event.outcome),
    'processed.at': events.map((event) => event.at),
    'processed.forgetsBody': events.map((event) => event.forgetsBody ?? false),
    'processed.meetingId': events.map((event) => event.meetingId),
  }
}

function shareValues(changes: MeetingChange[]): Arrays {
  const gone = changes.flatMap(({ before, unsubscribe }) => (unsubscribe ? [[before.id, unsubscribe]] : []))
  const shares = changes.flatMap(({ before, subscribe }) =>
    subscribe ? [{ meetingId: before.id, subscriber: subscribe }] : [],
  )
  return {
    'gone.meetingId': gone.map(([meetingId]) => meetingId),
    'gone.userId': gone.map(([, userId]) => userId),
    ...subscriberValues(shares),
  }
}
