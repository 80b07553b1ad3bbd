/**
 * The log in SQL. There is one piece of a statement that appends entries, one that removes the entries of removed
 * subjects, and one statement that reads. docs/adr/0012-one-log.md says why no foreign key removes them.
 */
import type { LogEntry, LoggedChange, Subject } from '@seer/core/log/entry'
import type { SubjectKind } from '@seer/core/log/entry-types'
import type { Told } from '@seer/core/log/readers'
import { selectSubscriber } from '../meetings/meeting-row.ts'
import { type Named, type Queries, returns, statement } from '../statement.ts'

/**
 * Appends entries (`entryValues`), and puts them into the outbox from which they get their positions (number-entries.ts). This
 * is the end of a `WITH` of the statement that writes their subjects. It appends only the entries of subjects that were
 * written.
 * @param written the name of the written rows, with a column `id`
 */
export function appendEntries(kind: SubjectKind, written: string, p: Named<Record<string, unknown>>): string {
  return `entries AS (
    SELECT entry.id, entry.seq, entry.type, entry.occurred_at, entry.cause, entry.webhook_event_id, entry.gone,
      entry.data::jsonb AS data, entry.snapshot, entry.owner_id,
      CASE WHEN json_typeof(entry.readers) <> 'null' THEN entry.readers::jsonb END AS readers
    FROM ROWS FROM (
      unnest(${p['entry.subjectId']}::uuid[], ${p['entry.seq']}::int[], ${p['entry.type']}::text[],
        ${p['entry.occurredAt']}::timestamptz[], ${p['entry.cause']}::text[], ${p['entry.webhookEventId']}::uuid[],
        ${p['entry.gone']}::uuid[], ${p['entry.ownerId']}::uuid[]),
      json_array_elements(${p['entry.data']}::json), json_array_elements(${p['entry.snapshot']}::json),
      json_array_elements(${p['entry.readers']}::json))
      AS entry (id, seq, type, occurred_at, cause, webhook_event_id, gone, owner_id, data, snapshot, readers)
    WHERE entry.id IN (SELECT id FROM ${written})),
  ${appendRows(kind, 'entries', kind === 'bot' ? withSharers : 'readers')}`
}

/**
 * Appends the rows of a `WITH`: columns id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot, owner_id and
 * readers. For statements that compute their entries themselves; the others use `appendEntries`.
 */
export function appendRows(kind: SubjectKind, rows: string, readers = 'readers'): string {
  return `logged AS (
    INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot)
    SELECT '${kind}', id, seq, type, occurred_at, cause, webhook_event_id, data, snapshot FROM ${rows}),
  unnumbered AS (
    INSERT INTO log_unnumbered (subject_kind, subject_id, seq, type, owner_id, readers)
    SELECT '${kind}', id, seq, type, owner_id, ${readers} FROM ${rows} ORDER BY seq)`
}

/**
 * Adds to the readers who shares the bot of an entry already, as `Reader`s. The statement that adds or removes one does not
 * see that yet, so such a user is in `readers` or is `gone`. Null stays null when nobody shares it.
 */
const withSharers = `(
  SELECT coalesce(entries.readers, jsonb_build_array(jsonb_build_object('userId', entries.owner_id, 'role', 'owner')))
    || jsonb_agg(to_jsonb(reader))
  FROM (
    SELECT ${selectSubscriber('meetings', 's')}, meetings.meeting_url AS "joinUrl",
      CASE WHEN s.user_id = entries.gone THEN 'left' ELSE 'subscriber' END AS role
    FROM meeting_subscribers s JOIN meetings ON meetings.id = s.meeting_id
    WHERE s.meeting_id = entries.id AND s.user_id <> entries.owner_id AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(entries.readers) AS known WHERE known->>'userId' = s.user_id::text)) AS reader
  HAVING count(*) > 0
  UNION ALL SELECT entries.readers LIMIT 1)`

/** The entries of a change, with what the log keeps with them. `webhookEventId` is the inbox row that caused it. */
type Appended = Omit<LoggedChange<SubjectKind, Subject>, 'next'> & { told: Told; webhookEventId?: string | null }

/**
 * The parameters of `appendEntries`. JSON goes in one JSON array for all entries. As an array of texts each quotation mark in
 * it would be escaped here and there, which took longer than the rest of the statement.
 */
export function entryValues(changes: Appended[]) {
  const rows = changes.flatMap((change) => change.entries.map((entry, i) => ({ entry, change, i })))
  const json = (texts: string[]) => `[${texts.join(',')}]`
  return {
    'entry.subjectId': rows.map(({ change }) => change.before.id),
    'entry.seq': rows.map(({ change, i }) => change.before.lastSeq + 1 + i),
    'entry.type': rows.map(({ entry }) => entry.type),
    'entry.occurredAt': rows.map(({ entry }) => entry.occurredAt),
    'entry.cause': rows.map(({ change }) => change.cause),
    'entry.webhookEventId': rows.map(({ change }) => change.webhookEventId ?? null),
    'entry.gone': rows.map(({ change }) => change.told.gone),
    'entry.ownerId': rows.map(({ change }) => change.told.ownerId),
    'entry.data': json(rows.map(({ entry }) => JSON.stringify(entry.data))),
    'entry.snapshot': json(rows.map(({ change }) => change.told.snapshot)),
    'entry.readers': json(rows.map(({ change }) => JSON.stringify(change.told.readers))),
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
