import type { SubjectKind } from '@seer/core/log/entry-types'
import type { AddressedEvent, EventFeed, FeedPage, FeedQuery } from '@seer/core/log/feed/event-feed'
import type { FeedEvent } from '@seer/core/log/feed/feed-event'
import type pg from 'pg'
import { type Bind, composed, type Named, returns, statement } from '../statement.ts'
import { numberEntries, readBounds } from './number-entries.ts'

/** The feed of events in Postgres. */
export function openEventFeed(pool: pg.Pool): EventFeed {
  return {
    number: () => numberEntries(pool),
    page: (query) => readPage(pool, query),
    addressed: async (query) => (await addressed.all(pool, query)).map(toAddressed),
    at: async (reader, positions) => (await at.all(pool, { reader, positions: [...positions] })).map(toEvent),
    bounds: () => readBounds(pool),
    removeBefore: async (time, limit) => (await removeBefore.only(pool, { time, limit })).removed,
  }
}

/** How many events a page looks at when it leaves some out by type. */
const lookedAtWithFilter = 20_000

type EventRow = Omit<FeedEvent, 'subject'> & { kind: SubjectKind; id: string; seq: number }

const eventColumns = {
  position: 'float8',
  kind: 'text',
  id: 'uuid',
  seq: 'int',
  type: 'text',
  occurredAt: 'timestamptz',
  recordedAt: 'timestamptz',
  cause: 'text',
  data: 'text',
  snapshot: 'text',
  others: 'int',
  share: 'jsonb',
} as const
const eventTypes = returns<EventRow>(eventColumns)

type Page = FeedQuery & { upTo: number }

/** Reads a page. The bounds come first, so that nothing that is numbered meanwhile can be skipped. */
async function readPage(pool: pg.Pool, query: FeedQuery): Promise<FeedPage> {
  const upTo = query.upTo ?? (await readBounds(pool)).newest
  const events = (await page.all(pool, { ...query, upTo })).map(toEvent)
  const last = events.at(-1)
  if (last && events.length === query.limit) return { events, next: last.position, hasMore: last.position < upTo }
  const { count, end } = await looked.only(pool, { ...query, upTo })
  if (end === null || count < lookedAtMost(query)) return { events, next: Math.max(upTo, query.after), hasMore: false }
  return { events, next: end, hasMore: end < upTo }
}

function toEvent({ kind, id, seq, ...event }: EventRow): FeedEvent {
  return { ...event, subject: { kind, id, seq } }
}

const lookedAtMost = ({ types, limit }: FeedQuery): number => (types ? lookedAtWithFilter : limit)

/** The places in the order that a page looks at. */
function placesOf(query: Page, bind: Bind): string {
  const { reader, subject, after, upTo } = query
  const where = [`position > ${bind(after)} AND position <= ${bind(upTo)}`]
  if (reader !== null) where.push(`reader_id = ${bind(reader)}`)
  if (subject)
    where.push(`subject_kind = ${bind(subject.kind)} AND position IN (SELECT position FROM log_positions
      WHERE subject_id = ${bind(subject.id)} AND position > ${bind(after)})`)
  return `SELECT position, subject_kind, subject_id, seq, type, others,
      ${reader === null ? 'NULL::jsonb AS share' : 'share'}
    FROM ${reader === null ? 'log_positions' : 'log_readers'}
    WHERE ${where.join(' AND ')} ORDER BY position LIMIT ${bind(lookedAtMost(query))}`
}

const someId = '00000000-0000-0000-0000-000000000000'
const examples: Page[] = [
  { reader: null, after: 0, upTo: 9, limit: 1 },
  {
    ...{ reader: someId, after: 0, upTo: 9, limit: 1 },
    types: [{ kind: 'bot', type: 'bot_created' }],
    subject: { kind: 'bot', id: someId },
  },
]

/** First the places in the order, then their entries by key. An entry that was erased is left out. */
const page = composed(
  'log-page',
  (query: Page, bind: Bind) => {
    const kinds = bind(query.types?.map(({ kind }) => kind) ?? null)
    const types = bind(query.types?.map(({ type }) => type) ?? null)
    return `
    WITH looked AS MATERIALIZED (${placesOf(query, bind)}),
    found AS MATERIALIZED (
      SELECT * FROM looked WHERE ${kinds}::text[] IS NULL
        OR (subject_kind, type) IN (SELECT * FROM unnest(${kinds}::text[], ${types}::text[]))
      ORDER BY position LIMIT ${bind(query.limit)})
    SELECT found.position::float8 AS position, found.subject_kind AS kind, found.subject_id AS id, found.seq, found.type,
      log.occurred_at AS "occurredAt", log.recorded_at AS "recordedAt", log.cause,
      log.data::text AS data, log.snapshot::text AS snapshot, found.others, found.share
    FROM found JOIN log ON log.subject_id = found.subject_id AND log.subject_kind = found.subject_kind
      AND log.seq = found.seq
    ORDER BY found.position`
  },
  { returns: eventTypes, examples },
)

const at = composed(
  'log-at',
  ({ reader, positions }: { reader: string | null; positions: number[] }, bind: Bind) => `
    SELECT found.position::float8 AS position, found.subject_kind AS kind, found.subject_id AS id, found.seq, found.type,
      log.occurred_at AS "occurredAt", log.recorded_at AS "recordedAt", log.cause,
      log.data::text AS data, log.snapshot::text AS snapshot, found.others,
      ${reader === null ? 'NULL::jsonb AS share' : 'found.share'}
    FROM ${reader === null ? 'log_positions' : 'log_readers'} AS found
    JOIN log ON log.subject_id = found.subject_id AND log.subject_kind = found.subject_kind AND log.seq = found.seq
    WHERE found.position = ANY(${bind(positions)}::bigint[])
      ${reader === null ? '' : `AND found.reader_id = ${bind(reader)}`}
    ORDER BY found.position`,
  {
    returns: eventTypes,
    examples: [
      { reader: null, positions: [1] },
      { reader: someId, positions: [1] },
    ],
  },
)

/** How far a page looked. Only asked for when it was not filled. */
const looked = composed(
  'log-page-end',
  (query: Page, bind: Bind) =>
    `SELECT count(*)::int AS count, max(position)::float8 AS end FROM (${placesOf(query, bind)}) AS looked`,
  { returns: returns<{ count: number; end: number | null }>({ count: 'int', end: 'float8' }), examples },
)

type AddressedRow = Omit<EventRow, 'share'> & { readers: Record<string, FeedEvent['share']> | null }

function toAddressed({ readers, ...row }: AddressedRow): AddressedEvent {
  return { event: toEvent({ ...row, share: null }), readers: new Map(Object.entries(readers ?? {})) }
}

const { share: _share, ...typesOfAll } = eventColumns

const addressed = statement(
  'log-addressed',
  (p: Named<{ after: number; upTo: number; limit: number }>) => `
  WITH looked AS MATERIALIZED (
    SELECT position, subject_kind, subject_id, seq, type, others, readers FROM log_positions
    WHERE position > ${p.after} AND position <= ${p.upTo} ORDER BY position LIMIT ${p.limit})
  SELECT looked.position::float8 AS position, looked.subject_kind AS kind, looked.subject_id AS id, looked.seq,
    looked.type, log.occurred_at AS "occurredAt", log.recorded_at AS "recordedAt", log.cause,
    log.data::text AS data, log.snapshot::text AS snapshot, looked.others,
    (SELECT jsonb_object_agg(reader_id, share) FROM log_readers
      WHERE reader_id = ANY(looked.readers) AND log_readers.position = looked.position) AS readers
  FROM looked JOIN log ON log.subject_id = looked.subject_id AND log.subject_kind = looked.subject_kind
    AND log.seq = looked.seq
  ORDER BY looked.position`,
  { returns: returns<AddressedRow>({ ...typesOfAll, readers: 'jsonb' }) },
)

/** Positions are about in the order of time, so the first ones are the oldest. */
const removeBefore = statement(
  'log-remove-before',
  (p: Named<{ time: Date; limit: number }>) => `
  WITH oldest AS (SELECT position, numbered_at FROM log_positions ORDER BY position LIMIT ${p.limit}),
  gone AS (
    DELETE FROM log_positions WHERE position IN (SELECT position FROM oldest WHERE numbered_at < ${p.time})
    RETURNING position, subject_kind, subject_id, seq, readers),
  unread AS (
    DELETE FROM log_readers USING gone, unnest(gone.readers) AS reader
    WHERE reader_id = reader AND log_readers.position = gone.position),
  emptied AS (
    UPDATE log SET snapshot = NULL FROM gone
    WHERE log.subject_id = gone.subject_id AND log.subject_kind = gone.subject_kind AND log.seq = gone.seq
      AND snapshot IS NOT NULL),
  noted AS (UPDATE log_counter SET removed = greatest(removed, (SELECT max(position) FROM gone)))
  SELECT count(*)::int AS removed FROM gone`,
  { returns: returns<{ removed: number }>({ removed: 'int' }), isPrepared: false },
)
