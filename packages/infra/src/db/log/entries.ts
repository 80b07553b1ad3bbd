/**
 * The log in SQL. There is one piece of a statement that appends entries, one that removes the entries of removed
 * subjects, and one statement that reads. docs/adr/0012-one-log.md says why no foreign key removes them.
 */
import type { LogEntry, LoggedChange, Subject } from '@seer/core/log/entry'
import type { SubjectKind } from '@seer/core/log/entry-types'
import type { Told } from '@seer/core/log/readers'
import type { Arrays } from '../columns.ts'
import { selectSubscriber } from '../meetings/meeting-row.ts'
import { type Named, type Queries, returns, statement } from '../statement.ts'

/**
 * Appends entries (`entryValues`), and puts them into the outbox from which they get their positions (number-entries.ts). This
 * is the end of a `WITH` of the statement that writes their subjects. It appends only the entries of subjects that were
 * written.
 * @param written the name of the written rows, with a column `id`
 */
export function appendEntries(kind: SubjectKind, written: string, p: Named<Arrays>): string {
  return `entries AS (
    SELECT entry.* FROM unnest(${p['entry.subjectId']}::uuid[], ${p['entry.seq']}::int[],
      ${p['entry.type']}::text[], ${p['entry.occurredAt']}::timestamptz[], ${p['entry.cause']}::text[],
      ${p['entry.webhookEventId']}::uuid[], ${p['entry.data']}::jsonb[], ${p['entry.snapshot']}::json[],
      ${p['entry.readers']}::jsonb[], ${p['entry.gone']}::uuid[])
      AS entry (id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot, readers, gone)
    WHERE entry.id IN (SELECT id FROM ${written})),
  ${appendRows(kind, 'entries', kind === 'bot' ? `readers || ${sharers}` : 'readers')}`
}

/**
 * Appends the rows of a `WITH`: columns id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot and readers. For
 * statements that compute their entries themselves; the others use `appendEntries`.
 */
export function appendRows(kind: SubjectKind, rows: string, readers = 'readers'): string {
  return `logged AS (
    INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot)
    SELECT '${kind}', id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot FROM ${rows}),
  unnumbered AS (
    INSERT INTO log_unnumbered (subject_kind, subject_id, seq, type, readers)
    SELECT '${kind}', id, seq, type, ${readers} FROM ${rows} ORDER BY seq)`
}

/**
 * Who shares the bot of an entry already, as `Reader`s. The statement that adds or removes one does not see that yet, so
 * such a user is in `readers` or is `gone`.
 */
const sharers = `coalesce((
  SELECT jsonb_agg(to_jsonb(reader)) FROM (
    SELECT ${selectSubscriber('meetings', 's')}, meetings.meeting_url AS "joinUrl",
      CASE WHEN s.user_id = entries.gone THEN 'left' ELSE 'subscriber' END AS role
    FROM meeting_subscribers s JOIN meetings ON meetings.id = s.meeting_id
    WHERE s.meeting_id = entries.id AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(entries.readers) AS known WHERE known->>'userId' = s.user_id::text)) AS reader
  ), '[]')`

/** The entries of a change, with what the log keeps with them. `webhookEventId` is the inbox row that caused it. */
type Appended = Omit<LoggedChange<SubjectKind, Subject>, 'next'> & { told: Told; webhookEventId?: string | null }

export function entryValues(changes: Appended[]): Arrays {
  const entries = changes.flatMap(({ before, entries, cause, told, webhookEventId = null }) => {
    const readers = JSON.stringify(told.readers)
    const ofChange = { subjectId: before.id, cause, webhookEventId, snapshot: told.snapshot, readers, gone: told.gone }
    return entries.map((entry, i) => ({ ...entry, ...ofChange, seq: before.lastSeq + 1 + i }))
  })
  return {
    'entry.subjectId': entries.map(({ subjectId }) => subjectId),
    'entry.seq': entries.map(({ seq }) => seq),
    'entry.type': entries.map(({ type }) => type),
    'entry.occurredAt': entries.map(({ occurredAt }) => occurredAt),
    'entry.cause': entries.map(({ cause }) => cause),
    'entry.webhookEventId': entries.map(({ webhookEventId }) => webhookEventId),
    'entry.data': entries.map(({ data }) => JSON.stringify(data)),
    'entry.snapshot': entries.map(({ snapshot }) => snapshot),
    'entry.readers': entries.map(({ readers }) => readers),
    'entry.gone': entries.map(({ gone }) => gone),
  }
}

/**
 * Removes the log of subjects, in the statement that removes them. That statement must skip subjects that somebody has
 * changed since it began. It does not see the entries of such a change, so they would stay.
 * @param removed the name of the removed rows, with a column `id`
 */
export function removeEntries(kind: SubjectKind, removed: string): string {
  return `DELETE FROM log USING ${removed} WHERE log.subject_kind = '${kind}' AND log.subject_id = ${removed}.id`
}

/** The entries of one subject after `afterSeq`, oldest first. */
export async function readEntries<Kind extends SubjectKind>(
  db: Queries,
  { kind, id }: { kind: Kind; id: string },
  afterSeq: number,
  limit: number,
): Promise<LogEntry<Kind>[]> {
  // Only types of `kind` were written for it. The compiler cannot know that.
  return (await read.all(db, { kind, id, afterSeq, limit })) as LogEntry<Kind>[]
}

const read = statement(
  'log-read',
  (p: Named<{ kind: string; id: string; afterSeq: number; limit: number }>) => `
    SELECT seq, type, occurred_at AS "occurredAt", recorded_at AS "recordedAt", cause, data
    FROM log WHERE subject_kind = ${p.kind} AND subject_id = ${p.id} AND seq > ${p.afterSeq}
    ORDER BY seq LIMIT ${p.limit}`,
  {
    returns: returns<LogEntry<SubjectKind>>({
      seq: 'int',
      type: 'text',
      occurredAt: 'timestamptz',
      recordedAt: 'timestamptz',
      cause: 'text',
      data: 'jsonb',
    }),
  },
)
