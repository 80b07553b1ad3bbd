import type { Cause } from '@seer/core/bots/meeting'
import type { MeetingChange } from '@seer/core/bots/meeting-store'
import type pg from 'pg'
import { updateMeeting } from './meeting-row.ts'

type InboxUpdate = { webhookEventId: string; outcome: string; at: Date }

/**
 * Writes a change of a meeting, its timeline entries and, when an inbox event caused it, that event's outcome, in one
 * statement: all or nothing, and only if the meeting still has the version that was read.
 * @returns false when it has not
 */
export async function saveChange(
  pool: pg.Pool,
  change: Omit<MeetingChange, 'cause'> & { cause: Cause },
  inbox: InboxUpdate | null,
): Promise<boolean> {
  const { before, entries } = change
  const next = { ...change.next, lastSeq: before.lastSeq + entries.length }
  const values: unknown[] = [before.id, before.version]
  const bind = (value: unknown) => `$${values.push(value)}`

  const update = updateMeeting(next, values.length + 1)
  values.push(...update.values)
  const parts = [
    `moved AS (UPDATE meetings SET ${update.set}, version = version + 1, updated_at = now()
      WHERE id = $1 AND version = $2 RETURNING id)`,
  ]
  if (entries.length > 0) {
    const columns = [
      `${bind(entries.map((_, i) => before.lastSeq + 1 + i))}::int[]`,
      `${bind(entries.map((entry) => entry.type))}::text[]`,
      `${bind(entries.map((entry) => entry.occurredAt))}::timestamptz[]`,
      `${bind(entries.map((entry) => JSON.stringify(entry.data)))}::jsonb[]`,
    ]
    parts.push(`logged AS (
      INSERT INTO meeting_events (meeting_id, cause, webhook_event_id, seq, type, occurred_at, data)
      SELECT moved.id, ${bind(change.cause)}, ${bind(inbox?.webhookEventId ?? null)}::uuid, entry.*
      FROM moved, unnest(${columns.join(', ')}) AS entry)`)
  }
  if (inbox) {
    parts.push(`processed AS (
      UPDATE webhook_events SET state = 'processed', outcome = ${bind(inbox.outcome)}, processed_at = ${bind(inbox.at)},
        due_at = NULL, error = NULL, attempts = attempts + 1
      FROM moved WHERE webhook_events.id = ${bind(inbox.webhookEventId)}::uuid)`)
  }
  const name = `save-change-${entries.length > 0}-${inbox !== null}`
  const result = await pool.query({ name, text: `WITH ${parts.join(', ')} SELECT id FROM moved`, values })
  return result.rowCount === 1
}
