import { untilWritten } from '@seer/core/basics/change-row'
import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import { tellEndpoint } from '@seer/core/log/endpoints/endpoint-json'
import type { BotEndpoint, EndpointStore, EndpointViewer } from '@seer/core/log/endpoints/endpoint-store'
import type { Cause, LoggedChange, NewEntry } from '@seer/core/log/entry'
import type pg from 'pg'
import {
  type Column,
  type ColumnsOf,
  float,
  int,
  json,
  text,
  textList,
  time,
  toColumn,
  typesOf,
  uuid,
} from '../../columns.ts'
import { inLockedTransaction } from '../../locked-transaction.ts'
import { type Named, returns, statement } from '../../statement.ts'
import { fanOutLock } from '../deliveries/fan-out.ts'
import { appendEntries, entryValues } from '../entries.ts'

const columns: ColumnsOf<Endpoint> = {
  id: uuid('id'),
  userId: uuid('user_id'),
  botId: uuid('bot_id'),
  url: text('url'),
  description: text('description'),
  events: textList('events'),
  filter: json('filter'),
  headerNames: textList('header_names'),
  sealedHeaders: text('sealed_headers'),
  sealedSecret: text('sealed_secret'),
  sealedOldSecret: text('sealed_old_secret'),
  oldSecretUntil: time('old_secret_until'),
  state: text('state'),
  disabledBecause: text('disabled_because'),
  disabledAt: time('disabled_at'),
  afterPosition: float('after_position'),
  failures: int('failures'),
  firstFailureAt: time('first_failure_at'),
  lastFailureAt: time('last_failure_at'),
  lastSuccessAt: time('last_success_at'),
  warnedPercent: int('warned_percent'),
  retryAt: time('retry_at'),
  lastSeq: int('last_seq'),
  version: int('version'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
}

const fields = Object.keys(columns) as (keyof Endpoint)[]
const unwritten: (keyof Endpoint)[] = ['id', 'userId', 'botId', 'version', 'createdAt', 'afterPosition']
const written = fields.filter((field) => !unwritten.includes(field))

const selected = fields
  .map((field) => {
    const { name, type } = columns[field]
    // Positions are bigint, which the driver would return as text.
    return `webhook_endpoints.${name}${type === 'float8' ? '::float8' : ''} AS "${field}"`
  })
  .join(', ')
const anEndpoint = returns<Endpoint>(typesOf(columns))

/** Endpoints in Postgres. */
export function openEndpointStore(pool: pg.Pool): EndpointStore {
  return {
    add: (endpoint, most) => addWithin(pool, endpoint, most),
    addForBot: (endpoint) => addForBotWithin(pool, endpoint),
    find: (endpointId) => find.first(pool, { endpointId }),
    findFor: (viewer, endpointId) => findFor.first(pool, { ...viewer, endpointId }),
    list: (viewer, botId) => list.all(pool, { ...viewer, botId }),
    listDone: async (before, limit) => (await listDone.all(pool, { before, limit })).map(({ id }) => id),
    listAll: (limit, userId) => listAll.all(pool, { limit, userId }),
    save: async (change) => (await save.count(pool, saveValues(change))) === 1,
    remove: (endpointId, removal) => removeTold(pool, endpointId, removal),
    listStale: (sealedPrefix, afterId, limit) => listStale.all(pool, { sealedPrefix, afterId, limit }),
  }
}

/**
 * Two requests at the same moment would both count one endpoint too few. And while the lock is held no event becomes a
 * delivery, so the endpoint gets every event after its position.
 */
function addWithin(pool: pg.Pool, endpoint: Endpoint, most: number) {
  return inLockedTransaction(pool, fanOutLock, async (client) => {
    const { userId } = endpoint
    const { mayAdd, endpoints } = await count.only(client, { userId })
    if (!mayAdd) return 'no_user'
    if (endpoints >= most) return 'too_many'
    await add.count(client, { ...valuesOf(endpoint), ...toldCreated(endpoint) })
    return 'added'
  })
}

/** The same lock: an order that is repeated while it is still being taken makes no second endpoint. */
function addForBotWithin(pool: pg.Pool, endpoint: BotEndpoint) {
  return inLockedTransaction(pool, fanOutLock, async (client) => {
    const { userId, botId, url } = endpoint
    const { mayAdd } = await count.only(client, { userId })
    if (!mayAdd) return 'no_user'
    const known = await findForBot.first(client, { userId, botId, url })
    if (known) return known
    await addForBot.count(client, { ...valuesOf(endpoint), ...toldCreated(endpoint) })
    return { ...endpoint, lastSeq: 1 }
  })
}

function toldCreated(endpoint: Endpoint) {
  return told(endpoint, [{ type: 'endpoint.created', occurredAt: endpoint.createdAt, data: {} }], 'api')
}

/** The entries of an endpoint, with what the log keeps with them. */
function told(endpoint: Endpoint, entries: NewEntry<'endpoint'>[], cause: Cause) {
  return entryValues([{ before: endpoint, entries, cause, told: tellEndpoint(endpoint) }])
}

function saveValues({ before, next, entries, cause }: LoggedChange<'endpoint', Endpoint>): Record<string, unknown> {
  const ofEntries = told({ ...next, lastSeq: before.lastSeq }, entries, cause)
  const saved = { ...next, lastSeq: before.lastSeq + entries.length }
  return { ...valuesOf(saved), ...ofEntries, 'before.id': before.id, 'before.version': before.version }
}

/** So many deliveries go in one statement before the endpoint does, because a statement may not take long. */
const removedAtOnce = 20_000

async function removeTold(
  pool: pg.Pool,
  endpointId: string,
  { at, cause }: { at: Date; cause: Cause },
): Promise<boolean> {
  let removed = removedAtOnce
  while (removed === removedAtOnce) removed = await removeDeliveries.count(pool, { endpointId, limit: removedAtOnce })
  const gone = await untilWritten(`The endpoint ${endpointId}`, async () => {
    const endpoint = await find.first(pool, { endpointId })
    if (!endpoint) return null
    const ofEntries = told(endpoint, [{ type: 'endpoint.deleted', occurredAt: at, data: {} }], cause)
    const { version } = endpoint
    return (await remove.count(pool, { ...ofEntries, endpointId, version })) === 1 ? endpoint : 'overtaken'
  })
  return gone !== null
}

type Fields = Named<Record<string, unknown>>

function valuesOf(endpoint: Endpoint): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, toColumn(columns[field] as Column, endpoint[field])]))
}

const count = statement(
  'endpoints-count',
  // A user who is removed meanwhile takes the endpoint along.
  (p: Named<{ userId: string | null }>) => `
  SELECT (SELECT count(*)::int FROM webhook_endpoints WHERE user_id IS NOT DISTINCT FROM ${p.userId}::uuid
      AND bot_id IS NULL) AS "endpoints",
    ${p.userId}::uuid IS NULL OR EXISTS (
      SELECT FROM users WHERE id = ${p.userId} AND deleted_at IS NULL) AS "mayAdd"`,
  { returns: returns<{ endpoints: number; mayAdd: boolean }>({ endpoints: 'int', mayAdd: 'boolean' }) },
)

/** A value that is not used must not get a placeholder. */
function firstValue(field: keyof Endpoint, p: Fields): string | undefined {
  if (field === 'lastSeq') return '1'
  return field === 'afterPosition' ? `(SELECT greatest(${p[field]}::bigint, newest) FROM log_counter)` : p[field]
}

const add = statement(
  'endpoint-add',
  (p: Fields) => `WITH added AS (
      INSERT INTO webhook_endpoints (${fields.map((field) => columns[field].name).join(', ')})
      VALUES (${fields.map((field) => firstValue(field, p)).join(', ')}) RETURNING id),
    ${appendEntries('endpoint', 'added', p)}
    SELECT FROM added`,
)

/**
 * Events up to the cursor became deliveries of other endpoints already. Those that it wants of them are made as for a replay;
 * what comes after the cursor it gets as all others do.
 */
const addForBot = statement(
  'endpoint-add-for-bot',
  (p: Fields) => `WITH added AS (
      INSERT INTO webhook_endpoints (${fields.map((field) => columns[field].name).join(', ')}, replay_after, replay_up_to)
      SELECT ${fields.map((field) => (field === 'lastSeq' ? '1' : p[field])).join(', ')},
        CASE WHEN position > ${p['afterPosition']}::bigint THEN ${p['afterPosition']}::bigint END,
        CASE WHEN position > ${p['afterPosition']}::bigint THEN position END
      FROM webhook_cursor RETURNING id),
    ${appendEntries('endpoint', 'added', p)}
    SELECT FROM added`,
)

const findForBot = statement(
  'endpoint-find-for-bot',
  (p: Named<{ userId: string; botId: string; url: string }>) => `
  SELECT ${selected} FROM webhook_endpoints WHERE bot_id = ${p.botId} AND user_id = ${p.userId} AND url = ${p.url}`,
  { returns: anEndpoint },
)

const find = statement(
  'endpoint-find',
  (p: Named<{ endpointId: string }>) => `SELECT ${selected} FROM webhook_endpoints WHERE id = ${p.endpointId}`,
  { returns: anEndpoint },
)

const isSeen = (p: Named<EndpointViewer>) => `(user_id = ${p.userId} OR (user_id IS NULL AND ${p.isOperator}::boolean))`

const findFor = statement(
  'endpoint-find-for',
  (p: Named<EndpointViewer & { endpointId: string }>) =>
    `SELECT ${selected} FROM webhook_endpoints WHERE id = ${p.endpointId} AND ${isSeen(p)}`,
  { returns: anEndpoint },
)

const list = statement(
  'endpoints-list',
  (p: Named<EndpointViewer & { botId: string | null }>) => `
  SELECT ${selected} FROM webhook_endpoints
  WHERE ${isSeen(p)} AND (bot_id = ${p.botId} OR (${p.botId}::uuid IS NULL AND bot_id IS NULL))
  ORDER BY created_at DESC, id DESC`,
  { returns: anEndpoint },
)

const listDone = statement(
  'endpoints-list-done',
  (p: Named<{ before: Date; limit: number }>) => `
  SELECT e.id FROM webhook_endpoints e LEFT JOIN meetings ON meetings.id = e.bot_id
  WHERE e.bot_id IS NOT NULL AND e.created_at < ${p.before} AND e.updated_at < ${p.before} AND e.replay_after IS NULL
    AND (meetings.id IS NULL OR meetings.final_at < ${p.before})
    AND NOT EXISTS (SELECT FROM webhook_deliveries WHERE endpoint_id = e.id AND state = 'pending')
  LIMIT ${p.limit}`,
  { returns: returns<{ id: string }>({ id: 'uuid' }), isPrepared: false },
)

const listAll = statement(
  'endpoints-list-all',
  (p: Named<{ limit: number; userId: string | null }>) => `
  SELECT ${selected} FROM webhook_endpoints WHERE ${p.userId}::uuid IS NULL OR user_id = ${p.userId}
  ORDER BY created_at DESC, id DESC LIMIT ${p.limit}`,
  { returns: anEndpoint, isPrepared: false },
)

const save = statement(
  'endpoint-save',
  (p: Fields) => `WITH saved AS (
      UPDATE webhook_endpoints
      SET ${written.map((field) => `${columns[field].name} = ${p[field]}`).join(', ')}, version = version + 1,
        due_at = CASE WHEN state <> 'active' AND ${p['state']} = 'active' THEN ${p['updatedAt']} ELSE due_at END
      WHERE id = ${p['before.id']} AND version = ${p['before.version']} RETURNING id),
    ${appendEntries('endpoint', 'saved', p)}
    SELECT FROM saved`,
)

/** With what the receiver answered: no foreign key removes that, because attempts are partitioned by time. */
const removeDeliveries = statement(
  'endpoint-remove-deliveries',
  (p: Named<{ endpointId: string; limit: number }>) => `
  WITH gone AS (
    DELETE FROM webhook_deliveries WHERE id IN (
      SELECT id FROM webhook_deliveries WHERE endpoint_id = ${p.endpointId} LIMIT ${p.limit}) RETURNING id),
  forgotten AS (DELETE FROM webhook_attempts USING gone WHERE delivery_id = gone.id)
  SELECT id FROM gone`,
)

/** Only the version that the entry tells about, so that two entries never get the same number. */
const remove = statement(
  'endpoint-remove',
  (p: Named<{ endpointId: string; version: number } & Record<string, unknown>>) => `WITH removed AS (
      DELETE FROM webhook_endpoints WHERE id = ${p.endpointId} AND version = ${p.version} RETURNING id),
    ${appendEntries('endpoint', 'removed', p)}
    SELECT FROM removed`,
)

const listStale = statement(
  'endpoints-list-stale',
  (p: Named<{ sealedPrefix: string; afterId: string | null; limit: number }>) => `
  SELECT ${selected} FROM webhook_endpoints
  WHERE (${p.afterId}::uuid IS NULL OR id > ${p.afterId})
    AND NOT (starts_with(sealed_secret, ${p.sealedPrefix})
      AND starts_with(coalesce(sealed_old_secret, ${p.sealedPrefix}), ${p.sealedPrefix})
      AND starts_with(coalesce(sealed_headers, ${p.sealedPrefix}), ${p.sealedPrefix}))
  ORDER BY id LIMIT ${p.limit}`,
  { returns: anEndpoint, isPrepared: false },
)
