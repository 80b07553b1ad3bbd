/**
 * The log in SQL. There is one piece of a statement that appends entries, one that removes the entries of removed
 * subjects, and one statement that reads. docs/adr/0012-one-log.md says why no foreign key removes them.
 */
import type { LogEntry, LoggedChange, Subject } from '@seer/core/log/entry'
import type { SubjectKind } from '@seer/core/log/entry-types'
import type { Arrays } from '../columns.ts'
import { type Named, type Queries, returns, statement } from '../statement.ts'

/**
 * Appends entries (`entryValues`) in a `WITH` of the statement that writes their subjects. It appends only the entries
 * of subjects that were written.
 * @param written the name of the written rows, with a column `id`
 */
export function appendEntries(kind: SubjectKind, written: string, p: Named<Arrays>): string {
  return `INSERT INTO log (subject_kind, subject_id, seq, type, occurred_at, cause, webhook_event_id, data)
    SELECT '${kind}', entry.* FROM unnest(${p['entry.subjectId']}::uuid[], ${p['entry.seq']}::int[],
      ${p['entry.type']}::text[], ${p['entry.occurredAt']}::timestamptz[], ${p['entry.cause']}::text[],
      ${p['entry.webhookEventId']}::uuid[], ${p['entry.data']}::jsonb[])
      AS entry (subject_id, seq, type, occurred_at, cause, webhook_event_id, data)
    WHERE entry.subject_id IN (SELECT id FROM ${written})`
}

/** The entries of a change. `webhookEventId` is the inbox row that caused it. */
type Appended = Omit<LoggedChange<SubjectKind, Subject>, 'next'> & { webhookEventId?: string | null }

export function entryValues(changes: Appended[]): Arrays {
  const entries = changes.flatMap(({ before, entries, cause, webhookEventId = null }) =>
    entries.map((entry, i) => ({ ...entry, subjectId: before.id, seq: before.lastSeq + 1 + i, cause, webhookEventId })),
  )
  return {
    'entry.subjectId': entries.map(({ subjectId }) => subjectId),
    'entry.seq': entries.map(({ seq }) => seq),
    'entry.type': entries.map(({ type }) => type),
    'entry.occurredAt': entries.map(({ occurredAt }) => occurredAt),
    'entry.cause': entries.map(({ cause }) => cause),
    'entry.webhookEventId': entries.map(({ webhookEventId }) => webhookEventId),
    'entry.data': entries.map(({ data }) => JSON.stringify(data)),
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
