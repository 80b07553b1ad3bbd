import type { Endpoint } from '@seer/core/log/endpoints/endpoint'
import type { EndpointStore, EndpointViewer } from '@seer/core/log/endpoints/endpoint-store'
import type pg from 'pg'
import { type Column, type ColumnsOf, int, json, text, textList, time, toColumn, typesOf, uuid } from '../../columns.ts'
import { inLockedTransaction } from '../../locked-transaction.ts'
import { type Named, returns, statement } from '../../statement.ts'

const columns: ColumnsOf<Endpoint> = {
  id: uuid('id'),
  userId: uuid('user_id'),
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
  lastSeq: int('last_seq'),
  version: int('version'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
}

const fields = Object.keys(columns) as (keyof Endpoint)[]
const unwritten: (keyof Endpoint)[] = ['id', 'userId', 'version', 'createdAt']
const written = fields.filter((field) => !unwritten.includes(field))

const selected = fields.map((field) => `webhook_endpoints.${columns[field].name} AS "${field}"`).join(', ')
const anEndpoint = returns<Endpoint>(typesOf(columns))

/** Endpoints in Postgres. */
export function openEndpointStore(pool: pg.Pool): EndpointStore {
  return {
    add: (endpoint, most) => addWithin(pool, endpoint, most),
    find: (endpointId) => find.first(pool, { endpointId }),
    findFor: (viewer, endpointId) => findFor.first(pool, { ...viewer, endpointId }),
    list: (viewer) => list.all(pool, viewer),
    save: async (before, next) =>
      (await save.count(pool, { ...valuesOf(next), 'before.id': before.id, 'before.version': before.version })) === 1,
    remove: async (endpointId) => (await remove.count(pool, { endpointId })) === 1,
    listStale: (sealedPrefix, afterId, limit) => listStale.all(pool, { sealedPrefix, afterId, limit }),
  }
}

/** Two requests at the same moment would both count one endpoint too few. */
function addWithin(pool: pg.Pool, endpoint: Endpoint, most: number) {
  return inLockedTransaction(pool, `webhook-endpoints ${endpoint.userId ?? 'of all'}`, async (client) => {
    const { userId } = endpoint
    const { mayAdd, endpoints } = await count.only(client, { userId })
    if (!mayAdd) return 'no_user'
    if (endpoints >= most) return 'too_many'
    await add.count(client, valuesOf(endpoint))
    return 'added'
  })
}

type Fields = Named<Record<string, unknown>>

function valuesOf(endpoint: Endpoint): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field, toColumn(columns[field] as Column, endpoint[field])]))
}

const count = statement(
  'endpoints-count',
  // A user who is removed meanwhile takes the endpoint along.
  (p: Named<{ userId: string | null }>) => `
  SELECT (SELECT count(*)::int FROM webhook_endpoints WHERE user_id IS NOT DISTINCT FROM ${p.userId}::uuid) AS "endpoints",
    ${p.userId}::uuid IS NULL OR EXISTS (
      SELECT FROM users WHERE id = ${p.userId} AND deleted_at IS NULL) AS "mayAdd"`,
  { returns: returns<{ endpoints: number; mayAdd: boolean }>({ endpoints: 'int', mayAdd: 'boolean' }) },
)

const add = statement(
  'endpoint-add',
  (p: Fields) => `INSERT INTO webhook_endpoints (${fields.map((field) => columns[field].name).join(', ')})
    VALUES (${fields.map((field) => p[field]).join(', ')})`,
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
  (p: Named<EndpointViewer>) =>
    `SELECT ${selected} FROM webhook_endpoints WHERE ${isSeen(p)} ORDER BY created_at DESC, id DESC`,
  { returns: anEndpoint },
)

const save = statement(
  'endpoint-save',
  (p: Fields) => `UPDATE webhook_endpoints
    SET ${written.map((field) => `${columns[field].name} = ${p[field]}`).join(', ')}, version = version + 1
    WHERE id = ${p['before.id']} AND version = ${p['before.version']}`,
)

const remove = statement(
  'endpoint-remove',
  (p: Named<{ endpointId: string }>) => `DELETE FROM webhook_endpoints WHERE id = ${p.endpointId}`,
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
