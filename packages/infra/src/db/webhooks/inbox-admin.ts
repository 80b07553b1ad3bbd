import type { InboxAdmin, InboxEntry, InboxFilter } from '@seer/core/webhooks/inbox-admin'
import type pg from 'pg'

const entryColumns = `id, source, event_type AS "eventType", message_id AS "messageId", vendor_bot_id AS "vendorBotId",
  meeting_id AS "meetingId", state, outcome, attempts, error, received_at AS "receivedAt", processed_at AS "processedAt"`

/** What operators do with the inbox. Ids are UUIDs of version 7, so their order is that of arrival. */
export function openInboxAdmin(pool: pg.Pool): InboxAdmin {
  return {
    async list(filter, beforeId, limit) {
      const where = conditions(filter)
      if (beforeId !== null) where.add((bind) => `id < ${bind(beforeId)}`)
      const { rows } = await pool.query(
        `SELECT ${entryColumns} FROM webhook_events ${where.text()} ORDER BY id DESC LIMIT ${where.bind(limit)}`,
        where.values,
      )
      return rows
    },
    async show(id) {
      const { rows } = await pool.query(`SELECT ${entryColumns}, body FROM webhook_events WHERE id = $1`, [id])
      return rows[0] ?? null
    },
    async requeue({ id, ...filter }, afterId, limit, dueAt) {
      const where = conditions(filter)
      where.add(() => 'body IS NOT NULL')
      if (id !== undefined) where.add((bind) => `id = ${bind(id)}`)
      if (afterId !== null) where.add((bind) => `id > ${bind(afterId)}`)
      const { rows } = await pool.query<{ id: string }>(
        `WITH chosen AS (SELECT id FROM webhook_events ${where.text()} ORDER BY id LIMIT ${where.bind(limit)}),
          started AS (
            UPDATE webhook_events SET state = 'received', error = NULL, round = 0, due_at = ${where.bind(dueAt)}
            FROM chosen WHERE webhook_events.id = chosen.id RETURNING webhook_events.id)
          SELECT id FROM started ORDER BY id`,
        where.values,
      )
      return rows.map(({ id }) => id)
    },
  }
}

/**
 * Written out, not bound, so that the planner sees which partial index fits: that of dead letters, or that of due events,
 * which holds all that wait. Processed events are nearly all, so the primary key finds them.
 */
const stateConditions: Record<InboxEntry['state'], string> = {
  received: `state = 'received' AND due_at IS NOT NULL`,
  processed: `state = 'processed'`,
  failed: `state = 'failed'`,
}

type Bind = (value: unknown) => string

function conditions({ state, outcome, eventType, since }: InboxFilter) {
  const values: unknown[] = []
  const bind: Bind = (value) => `$${values.push(value)}`
  const parts: string[] = []
  const add = (condition: (bind: Bind) => string) => parts.push(condition(bind))
  if (state !== undefined) add(() => stateConditions[state])
  if (outcome !== undefined) add(() => `outcome = ${bind(outcome)}`)
  if (eventType !== undefined) add(() => `event_type = ${bind(eventType)}`)
  if (since !== undefined) {
    // The id begins with the time of arrival, so the primary key serves as the index on it.
    add(() => `id >= ${bind(firstIdAt(since))} AND received_at >= ${bind(since)}`)
  }
  return { values, bind, add, text: () => (parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '') }
}

/** Ids are made a moment before or after `received_at` is noted. */
const slackMs = 60_000

/** The smallest UUID of version 7 that can have been made at this time (RFC 9562, 48 bits of milliseconds). */
function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime() - slackMs)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
