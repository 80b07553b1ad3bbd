import type { FannedOut } from '@seer/core/log/deliveries/delivery-store'
import {
  asksForFacts,
  type EventFacts,
  fitsFacts,
  type PlacedEvent,
  wantsEvent,
} from '@seer/core/log/deliveries/match-event'
import type { EndpointFilter } from '@seer/core/log/endpoints/endpoint'
import type { SubjectKind } from '@seer/core/log/entry-types'
import type pg from 'pg'
import { newId } from '../../../ids.ts'
import { inLockedTransaction } from '../../locked-transaction.ts'
import { type Named, type Queries, returns, statement } from '../../statement.ts'
import { readBounds } from '../number-entries.ts'

/** Only one transaction at a time moves the cursor, or adds an endpoint. */
export const fanOutLock = 'webhook-fan-out'

const nothing: FannedOut = { endpointIds: [], hasMore: false }

/** Makes deliveries of the next events, and moves the cursor, in one transaction. */
export async function fanOutNext(pool: pg.Pool, now: Date, limit: number): Promise<FannedOut> {
  const [{ position }, { newest }] = [await cursor.only(pool, {}), await readBounds(pool)]
  if (position >= newest) return nothing
  return await inLockedTransaction(pool, fanOutLock, async (client) => {
    const [{ position: after }, { newest: upTo }] = [await cursor.only(client, {}), await readBounds(client)]
    if (after >= upTo) return nothing
    if (!(await anyEndpoint.first(client, {}))) {
      await move.count(client, { to: upTo })
      return nothing
    }
    const { events, end } = await nextEvents(client, { after, upTo, limit })
    const endpoints = await candidates.all(client, concerned(events))
    const pairs = await match(client, events, endpoints)
    const endpointIds = await write(client, insert, pairs, now)
    await move.count(client, { to: end })
    return { endpointIds, hasMore: end < upTo }
  })
}

/** The same for the events that one endpoint wants again. */
export async function fanOutReplay(pool: pg.Pool, now: Date, limit: number): Promise<FannedOut> {
  if (!(await anyReplay.first(pool, {}))) return nothing
  return await inLockedTransaction(pool, fanOutLock, async (client) => {
    const endpoint = await replayed.first(client, {})
    if (!endpoint) return nothing
    const { id, replayAfter: after, replayUpTo: upTo } = endpoint
    const { events, end } = await nextEvents(client, { after, upTo, limit })
    const pairs = await match(client, events, [{ ...endpoint, afterPosition: after }])
    const endpointIds = await write(client, insertAgain, pairs, now)
    await moveReplay.count(client, { id, to: end < upTo ? end : null })
    return { endpointIds, hasMore: true }
  })
}

type Span = { after: number; upTo: number; limit: number }

async function nextEvents(client: Queries, span: Span): Promise<{ events: PlacedEvent[]; end: number }> {
  const rows = await placed.all(client, span)
  const events = rows.map(({ kind, id, seq, ...event }) => ({ ...event, subject: { kind, id, seq } }))
  return { events, end: events.length === span.limit ? (events.at(-1)?.position ?? span.upTo) : span.upTo }
}

/** Those who may see one of these events, and the bots that they are about. */
function concerned(events: readonly PlacedEvent[]) {
  const bots = events.filter(({ subject }) => subject.kind === 'bot').map(({ subject }) => subject.id)
  return { readers: [...new Set(events.flatMap(({ readers }) => readers))], bots: [...new Set(bots)] }
}

type Candidate = {
  id: string
  userId: string | null
  botId: string | null
  events: string[]
  filter: EndpointFilter
  afterPosition: number
}
type Pair = { endpoint: Candidate; event: PlacedEvent }

async function match(client: Queries, events: PlacedEvent[], endpoints: Candidate[]): Promise<Pair[]> {
  const pairs = endpoints.flatMap((endpoint) =>
    events
      .filter((event) => event.position > endpoint.afterPosition && wantsEvent(endpoint, event))
      .map((event) => ({ endpoint, event })),
  )
  const asking = pairs.filter(({ endpoint }) => asksForFacts(endpoint))
  if (asking.length === 0) return pairs
  const found = new Map<string, EventFacts>()
  const key = (position: number, reader: string | null) => `${position} ${reader}`
  const positions = asking.map(({ event }) => event.position)
  const readers = asking.map(({ endpoint }) => endpoint.userId)
  for (const { position, reader, ...of } of await facts.all(client, { positions, readers })) {
    found.set(key(position, reader), of)
  }
  const unknown: EventFacts = { extra: null, calendarId: null }
  return pairs.filter(({ endpoint, event }) => {
    if (!asksForFacts(endpoint)) return true
    return fitsFacts(endpoint.filter, found.get(key(event.position, endpoint.userId)) ?? unknown)
  })
}

async function write(client: Queries, into: typeof insert, pairs: Pair[], now: Date): Promise<string[]> {
  if (pairs.length === 0) return []
  const events = pairs.map(({ event }) => event)
  const due = await into.all(client, {
    ids: pairs.map(() => newId()),
    endpointIds: pairs.map(({ endpoint }) => endpoint.id),
    positions: events.map(({ position }) => position),
    types: events.map(({ type }) => type),
    kinds: events.map(({ subject }) => subject.kind),
    subjectIds: events.map(({ subject }) => subject.id),
    seqs: events.map(({ subject }) => subject.seq),
    now,
  })
  return due.filter(({ isDue }) => isDue).map(({ id }) => id)
}

const cursor = statement('webhook-cursor', () => 'SELECT position::float8 AS position FROM webhook_cursor', {
  returns: returns<{ position: number }>({ position: 'float8' }),
})

const move = statement(
  'webhook-cursor-move',
  (p: Named<{ to: number }>) => `UPDATE webhook_cursor SET position = ${p.to}`,
)

const anyEndpoint = statement('endpoints-any', () => 'SELECT id FROM webhook_endpoints LIMIT 1', {
  returns: returns<{ id: string }>({ id: 'uuid' }),
})

type PlacedRow = Omit<PlacedEvent, 'subject' | 'readers'> & {
  kind: SubjectKind
  id: string
  seq: number
  readers: string[]
}

const placed = statement(
  'webhook-events-next',
  (p: Named<Span>) => `
  SELECT position::float8 AS position, type, subject_kind AS kind, subject_id AS id, seq, readers
  FROM log_positions WHERE position > ${p.after} AND position <= ${p.upTo} ORDER BY position LIMIT ${p.limit}`,
  {
    returns: returns<PlacedRow>({
      position: 'float8',
      type: 'text',
      kind: 'text',
      id: 'uuid',
      seq: 'int',
      readers: 'uuid[]',
    }),
  },
)

const candidate = `id, user_id AS "userId", bot_id AS "botId", events, filter, after_position::float8 AS "afterPosition"`
const candidateTypes = {
  id: 'uuid',
  userId: 'uuid',
  botId: 'uuid',
  events: 'text[]',
  filter: 'jsonb',
  afterPosition: 'float8',
} as const

/** The lock makes a deletion of an endpoint wait, which then removes its new deliveries, too. */
const candidates = statement(
  'endpoints-for-events',
  (p: Named<{ readers: string[]; bots: string[] }>) => `
  SELECT ${candidate} FROM webhook_endpoints
  WHERE (user_id = ANY(${p.readers}::uuid[]) OR user_id IS NULL) AND (bot_id IS NULL OR bot_id = ANY(${p.bots}::uuid[]))
  FOR KEY SHARE`,
  { returns: returns<Candidate>(candidateTypes) },
)

type Replayed = Candidate & { replayAfter: number; replayUpTo: number }

const anyReplay = statement(
  'endpoints-any-replay',
  () => 'SELECT id FROM webhook_endpoints WHERE replay_after IS NOT NULL LIMIT 1',
  { returns: returns<{ id: string }>({ id: 'uuid' }) },
)

/** Whoever asks for another replay meanwhile waits, and is not forgotten. */
const replayed = statement(
  'endpoint-replayed',
  () => `
  SELECT ${candidate}, replay_after::float8 AS "replayAfter", replay_up_to::float8 AS "replayUpTo"
  FROM webhook_endpoints WHERE replay_after IS NOT NULL ORDER BY id LIMIT 1 FOR UPDATE`,
  { returns: returns<Replayed>({ ...candidateTypes, replayAfter: 'float8', replayUpTo: 'float8' }) },
)

const moveReplay = statement(
  'endpoint-replay-move',
  (p: Named<{ id: string; to: number | null }>) => `
  UPDATE webhook_endpoints
  SET replay_after = ${p.to}::bigint, replay_up_to = CASE WHEN ${p.to}::bigint IS NOT NULL THEN replay_up_to END
  WHERE id = ${p.id}`,
)

/**
 * What filters ask about, as a reader has it: a user who shares a bot has data and a calendar of their own. The snapshot of a
 * large meeting has no `extra`, and after a deletion of data there is no snapshot. The bot itself has both then.
 */
const facts = statement(
  'webhook-event-facts',
  (p: Named<{ positions: number[]; readers: (string | null)[] }>) => `
  SELECT asked.position::float8 AS position, asked.reader, own.extra, coalesce(
      CASE place.subject_kind WHEN 'integration' THEN place.subject_id
        WHEN 'event' THEN (log.snapshot->>'integrationId')::uuid END,
      (SELECT id FROM calendar_integrations WHERE calendar_id = own.calendar LIMIT 1)) AS "calendarId"
  FROM unnest(${p.positions}::bigint[], ${p.readers}::uuid[]) AS asked (position, reader)
  JOIN log_positions place ON place.position = asked.position
  JOIN log ON log.subject_id = place.subject_id AND log.subject_kind = place.subject_kind AND log.seq = place.seq
  LEFT JOIN log_readers seen ON seen.reader_id = asked.reader AND seen.position = asked.position
  LEFT JOIN meetings bot ON bot.id = place.subject_id AND (bot.user_id = asked.reader OR asked.reader IS NULL)
    AND (log.snapshot IS NULL OR log.snapshot->'cut' IS NOT NULL)
  CROSS JOIN LATERAL (SELECT
    CASE WHEN seen.share IS NOT NULL THEN seen.share->'extra' WHEN bot.id IS NOT NULL THEN bot.extra
      ELSE (log.snapshot->'extra')::jsonb END AS extra,
    CASE WHEN seen.share IS NOT NULL THEN seen.share->>'meetingBaasCalendarId'
      WHEN bot.id IS NOT NULL THEN bot.meeting_baas_calendar_id
      ELSE log.snapshot->>'meetingBaasCalendarId' END AS calendar) AS own`,
  {
    returns: returns<EventFacts & { position: number; reader: string | null }>({
      position: 'float8',
      reader: 'uuid',
      extra: 'jsonb',
      calendarId: 'uuid',
    }),
  },
)

type NewDeliveries = {
  ids: string[]
  endpointIds: string[]
  positions: number[]
  types: string[]
  kinds: string[]
  subjectIds: string[]
  seqs: number[]
  now: Date
}

const inserting = (name: string, onConflict: string) =>
  statement(
    name,
    (p: Named<NewDeliveries>) => `
  WITH written AS (
    INSERT INTO webhook_deliveries (id, endpoint_id, position, type, subject_kind, subject_id, seq, due_at, created_at)
    SELECT new.*, ${p.now}, ${p.now} FROM unnest(${p.ids}::uuid[], ${p.endpointIds}::uuid[], ${p.positions}::bigint[],
      ${p.types}::text[], ${p.kinds}::text[], ${p.subjectIds}::uuid[], ${p.seqs}::int[]) AS new
    ON CONFLICT (endpoint_id, position) ${onConflict}
    RETURNING endpoint_id)
  UPDATE webhook_endpoints SET due_at = least(due_at, greatest(${p.now}, retry_at))
  WHERE id IN (SELECT endpoint_id FROM written) AND state = 'active'
  RETURNING id, due_at <= ${p.now} AS "isDue"`,
    { returns: returns<{ id: string; isDue: boolean }>({ id: 'uuid', isDue: 'boolean' }) },
  )

const insert = inserting('deliveries-insert', 'DO NOTHING')

const insertAgain = inserting(
  'deliveries-insert-again',
  `DO UPDATE SET state = 'pending', attempts = 0, due_at = excluded.due_at, settled_at = NULL`,
)
