import type { OrderLease, SpeechOrder, SpeechOrderStore } from '@seer/core/recordings/speech/speech-orders'
import type pg from 'pg'
import { claimDueSql } from '../claim-due.ts'
import { type Column, type ColumnsOf, int, json, text, time, typesOf, uuid } from '../columns.ts'
import { type Named, returns, statement } from '../statement.ts'
import { orderSpeech } from './make-transcript.ts'

const columns: ColumnsOf<SpeechOrder> = {
  id: uuid('id'),
  meetingId: uuid('meeting_id'),
  version: int('version'),
  source: text('source'),
  state: text('state'),
  requestedBy: uuid('requested_by'),
  createdAt: time('created_at'),
  errorCode: text('error_code'),
  errorMessage: text('error_message'),
  options: json('options'),
  sealedKey: text('sealed_key'),
  ticket: text('ticket'),
  attempts: int('attempts'),
  leaseUntil: time('lease_until'),
  dueAt: time('due_at'),
  lastProblem: text('last_problem'),
}

const selected = Object.entries<Column>(columns)
  .map(([field, { name }]) => `transcripts.${name} AS "${field}"`)
  .join(', ')
const anOrder = returns<SpeechOrder>(typesOf(columns))

/** Orders for speech services: rows of the table of transcripts. */
export function openSpeechOrderStore(pool: pg.Pool): SpeechOrderStore {
  return {
    order: (order, isFirst) => orderSpeech(pool, order, isFirst),
    take: (id, now, leaseUntil) => take.first(pool, { id, now, leaseUntil }),
    renew: async (held, { leaseUntil: next, ...changes }) =>
      (await renew.count(pool, { ...held, next, ...changes })) === 1,
    release: async (held, changes) => (await release.count(pool, { ...held, ...changes })) === 1,
    settle: async (id) => {
      await settle.count(pool, { id })
    },
    claimDue: async (now, next, limit) => (await claimDue.all(pool, { now, next, limit })).map(({ id }) => id),
  }
}

const take = statement(
  'speech-order-take',
  (p: Named<{ id: string; now: Date; leaseUntil: Date }>) => `
  UPDATE transcripts SET lease_until = ${p.leaseUntil}, due_at = ${p.leaseUntil}, attempts = attempts + 1
  WHERE id = ${p.id} AND due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= ${p.now})
  RETURNING ${selected}`,
  { returns: anOrder },
)

const isHeld = (p: Named<OrderLease>) => `id = ${p.id} AND lease_until = ${p.leaseUntil}`

const renew = statement(
  'speech-order-renew',
  (p: Named<OrderLease & { next: Date; progress: number | null; ticket: string | null }>) => `
  UPDATE transcripts SET lease_until = ${p.next}, due_at = ${p.next},
    ticket = coalesce(${p.ticket}, ticket),
    progress = CASE WHEN state = 'making' THEN coalesce(${p.progress}, progress) END
  WHERE ${isHeld(p)}`,
)

type Release = OrderLease & { dueAt: Date; lastProblem: string | null; ticket: string | null; isCounted: boolean }

const release = statement(
  'speech-order-release',
  (p: Named<Release>) => `
  UPDATE transcripts SET lease_until = NULL, due_at = ${p.dueAt}, last_problem = ${p.lastProblem}, ticket = ${p.ticket},
    attempts = CASE WHEN ${p.isCounted}::boolean THEN attempts ELSE attempts - 1 END
  WHERE ${isHeld(p)}`,
)

const settle = statement(
  'speech-order-settle',
  (p: Named<{ id: string }>) => `UPDATE transcripts SET due_at = NULL, lease_until = NULL WHERE id = ${p.id}`,
)

const claimDue = statement(
  'speech-orders-claim-due',
  (p: Named<{ now: Date; next: Date; limit: number }>) =>
    claimDueSql({
      table: 'transcripts',
      now: p.now,
      limit: p.limit,
      set: `due_at = greatest(${p.next}::timestamptz, lease_until)`,
      returning: 'transcripts.id',
    }),
  { returns: returns<{ id: string }>({ id: 'uuid' }) },
)
