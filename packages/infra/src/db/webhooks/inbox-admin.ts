import type { InboxAdmin, InboxEntry, InboxFilter } from '@seer/core/webhooks/inbox-admin'
import type pg from 'pg'
import { type Bind, composed, type Named, type RowTypes, returns, statement } from '../statement.ts'

const entryColumns = `id, source, event_type AS "eventType", message_id AS "messageId", vendor_bot_id AS "vendorBotId",
  meeting_id AS "meetingId", state, outcome, attempts, error, received_at AS "receivedAt", processed_at AS "processedAt"`

const entryTypes: RowTypes<InboxEntry> = {
  id: 'uuid',
  source: 'text',
  eventType: 'text',
  messageId: 'text',
  vendorBotId: 'text',
  meetingId: 'uuid',
  state: 'text',
  outcome: 'text',
  attempts: 'int',
  error: 'text',
  receivedAt: 'timestamptz',
  processedAt: 'timestamptz',
}

/** The inbox for operators. Ids are UUIDs of version 7, so their order is that of arrival. */
export function openInboxAdmin(pool: pg.Pool): InboxAdmin {
  return {
    list: (filter, beforeId, limit) => list.all(pool, { filter, beforeId, limit }),
    show: (id) => show.first(pool, { id }),
    requeue: async ({ id, ...filter }, afterId, limit, dueAt) =>
      (await requeue.all(pool, { id, filter, afterId, limit, dueAt })).map((row) => row.id),
  }
}

/**
 * The conditions are in the text and not bound, so that the planner sees which partial index fits: that of dead
 * letters, or that of due events, which has all waiting ones. Nearly all events are processed, so the primary key finds
 * them.
 */
const stateConditions: Record<InboxEntry['state'], string> = {
  received: `state = 'received' AND due_at IS NOT NULL`,
  processed: `state = 'processed'`,
  failed: `state = 'failed'`,
}

/** The WHERE of a filter; empty when it chooses all rows. */
function whereOf({ state, outcome, eventType, since }: InboxFilter, bind: Bind, further: string[]): string {
  const conditions = [...further]
  if (state !== undefined) conditions.push(stateConditions[state])
  if (outcome !== undefined) conditions.push(`outcome = ${bind(outcome)}`)
  if (eventType !== undefined) conditions.push(`event_type = ${bind(eventType)}`)
  if (since !== undefined) {
    // An id begins with its time of arrival, so the primary key serves as the index on that time.
    conditions.push(`id >= ${bind(firstIdAt(since))} AND received_at >= ${bind(since)}`)
  }
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
}

const everyState = ['received', 'processed', 'failed'] as const
const everyFilter = { outcome: 'applied', eventType: 'type', since: new Date(0) } as const

/** An id is made a moment before or after `received_at`. */
const slackMs = 60_000

/** The smallest UUID of version 7 that can have been made at this time (RFC 9562, 48 bits of milliseconds). */
function firstIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime() - slackMs)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

type Shown = NonNullable<Awaited<ReturnType<InboxAdmin['show']>>>

const show = statement(
  'inbox-show',
  (p: Named<{ id: string }>) => `SELECT ${entryColumns}, body FROM webhook_events WHERE id = ${p.id}`,
  { returns: returns<Shown>({ ...entryTypes, body: 'text' }), isPrepared: false },
)

type Page = { filter: InboxFilter; beforeId: string | null; limit: number }

const list = composed(
  'inbox-list',
  ({ filter, beforeId, limit }: Page, bind) => {
    const before = beforeId === null ? [] : [`id < ${bind(beforeId)}`]
    return `SELECT ${entryColumns} FROM webhook_events ${whereOf(filter, bind, before)}
      ORDER BY id DESC LIMIT ${bind(limit)}`
  },
  {
    returns: returns<InboxEntry>(entryTypes),
    examples: [
      { filter: {}, beforeId: null, limit: 1 },
      ...everyState.map((state) => ({ filter: { ...everyFilter, state }, beforeId: '', limit: 1 })),
    ],
  },
)

type Requeued = { id: string | undefined; filter: InboxFilter; afterId: string | null; limit: number; dueAt: Date }

const requeue = composed(
  'inbox-requeue',
  ({ id, filter, afterId, limit, dueAt }: Requeued, bind) => {
    const further = ['body IS NOT NULL']
    if (id !== undefined) further.push(`id = ${bind(id)}`)
    if (afterId !== null) further.push(`id > ${bind(afterId)}`)
    return `WITH chosen AS (
        SELECT id FROM webhook_events ${whereOf(filter, bind, further)} ORDER BY id LIMIT ${bind(limit)}),
      started AS (
        UPDATE webhook_events SET state = 'received', error = NULL, round = 0, due_at = ${bind(dueAt)}
        FROM chosen WHERE webhook_events.id = chosen.id RETURNING webhook_events.id)
      SELECT id FROM started ORDER BY id`
  },
  {
    returns: returns<{ id: string }>({ id: 'uuid' }),
    examples: everyState.map((state) => ({
      id: '',
      filter: { ...everyFilter, state },
      afterId: '',
      limit: 1,
      dueAt: new Date(0),
    })),
  },
)
