import type { Attempt, Delivery } from '@seer/core/log/deliveries/delivery'
import type {
  DeliveryFilter,
  DeliveryStore,
  DeliverySummary,
  SettledDelivery,
} from '@seer/core/log/deliveries/delivery-store'
import type pg from 'pg'
import { claimDueSql } from '../../claim-due.ts'
import { inLockedTransaction } from '../../locked-transaction.ts'
import { type Bind, composed, type Named, returns, statement } from '../../statement.ts'
import { aDelivery, selectDelivery } from './delivery-row.ts'
import { fanOutNext, fanOutReplay } from './fan-out.ts'

/** Deliveries and their attempts in Postgres. */
export function openDeliveryStore(pool: pg.Pool): DeliveryStore {
  return {
    fanOut: (now, limit) => fanOutNext(pool, now, limit),
    fanOutReplays: (now, limit) => fanOutReplay(pool, now, limit),
    claim: async (endpointId, order) => (await claim.all(pool, { endpointId, ...order })).sort(byPosition),
    settle: async (settled, now) => {
      if (settled.length > 0) await settle.count(pool, { ...settledValues(settled), now })
    },
    giveBack: async (deliveries, now) => {
      const ids = deliveries.map(({ id }) => id)
      await giveBack.count(pool, { ids, leases: deliveries.map(({ dueAt }) => dueAt), now })
    },
    planNext: (endpointId) => planNext(pool, endpointId),
    claimDueEndpoints: async (now, next, limit) =>
      (await claimEndpoints.all(pool, { now, next, limit })).map(({ id }) => id),
    resume: async (endpointId) => {
      await resume.count(pool, { endpointId })
    },
    list: (endpointId, filter, before, limit) => list.all(pool, { endpointId, ...filter, before, limit }),
    find: (deliveryId) => find.first(pool, { deliveryId }),
    attempts: (deliveryId) => attempts.all(pool, { deliveryId }),
    retry: (deliveryId, now) => retry.first(pool, { deliveryId, now }),
    recover: async (endpointId, span, now) => (await recover.only(pool, { endpointId, ...span, now })).recovered,
    replay: async (endpointId, after) => (await replay.first(pool, { endpointId, after }))?.upTo ?? after,
    summarise: async (now) => ({
      ...(await summarise.only(pool, { now })),
      endpoints: await countEndpoints.all(pool, {}),
    }),
    countPending: async (endpointIds) => {
      const counted = await countPending.all(pool, { endpointIds: [...endpointIds] })
      return new Map(counted.map(({ id, count }) => [id, count]))
    },
    expire: (now, limit) => expire.count(pool, { now, limit }),
    removeSettled: (before, limit) => removeSettled.count(pool, { before, limit }),
    keepAttemptMonths: async (now, removeBefore) => {
      await keepMonths.count(pool, { now, removeBefore })
    },
  }
}

const byPosition = (a: Delivery, b: Delivery) => a.position - b.position

/**
 * The row is locked in a statement of its own. Otherwise deliveries that are made while this waits for the row would not be
 * seen, and the endpoint would wait for the next event.
 */
function planNext(pool: pg.Pool, endpointId: string): Promise<Date | null> {
  return inLockedTransaction(pool, `webhook-endpoint ${endpointId}`, async (client) => {
    await lockEndpoint.count(client, { endpointId })
    return (await plan.first(client, { endpointId }))?.dueAt ?? null
  })
}

const claim = statement(
  'deliveries-claim',
  (p: Named<{ endpointId: string; now: Date; leaseUntil: Date; limit: number }>) => `
  WITH due AS (
    SELECT id FROM webhook_deliveries WHERE endpoint_id = ${p.endpointId} AND state = 'pending' AND due_at <= ${p.now}
    ORDER BY due_at, position LIMIT ${p.limit} FOR UPDATE SKIP LOCKED)
  UPDATE webhook_deliveries SET due_at = ${p.leaseUntil} FROM due WHERE webhook_deliveries.id = due.id
  RETURNING ${selectDelivery}`,
  { returns: aDelivery },
)

function settledValues(settled: SettledDelivery[]) {
  const made = settled.flatMap(({ delivery, attempt }) => (attempt ? [{ deliveryId: delivery.id, ...attempt }] : []))
  return {
    ids: settled.map(({ delivery }) => delivery.id),
    leases: settled.map(({ delivery }) => delivery.dueAt),
    states: settled.map(({ state }) => state),
    numbers: settled.map(({ delivery, attempt }) => attempt?.number ?? delivery.attempts),
    dues: settled.map(({ dueAt }) => dueAt),
    statuses: settled.map(({ delivery, attempt }) => (attempt ?? { status: delivery.lastStatus }).status),
    problems: settled.map(({ delivery, attempt }) => (attempt ?? { problem: delivery.lastProblem }).problem),
    'attempt.deliveryId': made.map(({ deliveryId }) => deliveryId),
    'attempt.at': made.map(({ at }) => at),
    'attempt.number': made.map(({ number }) => number),
    'attempt.status': made.map(({ status }) => status),
    'attempt.durationMs': made.map(({ durationMs }) => durationMs),
    'attempt.answer': made.map(({ answer }) => answer),
    'attempt.problem': made.map(({ problem }) => problem),
    'attempt.detail': made.map(({ detail }) => detail),
  }
}

const settle = statement(
  'deliveries-settle',
  (p: Named<ReturnType<typeof settledValues> & { now: Date }>) => `
  WITH written AS (
    UPDATE webhook_deliveries SET state = settled.state, attempts = settled.number, due_at = settled.due_at,
      last_status = settled.status, last_problem = settled.problem,
      settled_at = CASE WHEN settled.state <> 'pending' THEN ${p.now}::timestamptz END
    FROM unnest(${p.ids}::uuid[], ${p.leases}::timestamptz[], ${p.states}::text[], ${p.numbers}::int[],
      ${p.dues}::timestamptz[], ${p.statuses}::int[], ${p.problems}::text[])
      AS settled (id, lease, state, number, due_at, status, problem)
    WHERE webhook_deliveries.id = settled.id AND webhook_deliveries.state = 'pending'
      AND webhook_deliveries.due_at = settled.lease)
  INSERT INTO webhook_attempts (delivery_id, at, number, status, duration_ms, answer, problem, detail)
  SELECT made.* FROM unnest(${p['attempt.deliveryId']}::uuid[], ${p['attempt.at']}::timestamptz[],
    ${p['attempt.number']}::int[], ${p['attempt.status']}::int[], ${p['attempt.durationMs']}::int[],
    ${p['attempt.answer']}::text[], ${p['attempt.problem']}::text[], ${p['attempt.detail']}::text[]) AS made (delivery_id)
  WHERE made.delivery_id IN (SELECT id FROM webhook_deliveries WHERE id = ANY (${p.ids}::uuid[]))
  ON CONFLICT DO NOTHING`,
)

const giveBack = statement(
  'deliveries-give-back',
  (p: Named<{ ids: string[]; leases: (Date | null)[]; now: Date }>) => `
  UPDATE webhook_deliveries SET due_at = ${p.now} FROM unnest(${p.ids}::uuid[], ${p.leases}::timestamptz[])
    AS claimed (id, lease)
  WHERE webhook_deliveries.id = claimed.id AND state = 'pending' AND due_at = claimed.lease`,
)

const lockEndpoint = statement(
  'endpoint-lock',
  (p: Named<{ endpointId: string }>) => `SELECT FROM webhook_endpoints WHERE id = ${p.endpointId} FOR NO KEY UPDATE`,
)

const plan = statement(
  'endpoint-plan',
  (p: Named<{ endpointId: string }>) => `
  UPDATE webhook_endpoints SET due_at = CASE WHEN state = 'active' THEN
    (SELECT greatest(min(due_at), retry_at) FROM webhook_deliveries
      WHERE endpoint_id = ${p.endpointId} AND state = 'pending' HAVING min(due_at) IS NOT NULL) END
  WHERE id = ${p.endpointId} RETURNING due_at AS "dueAt"`,
  { returns: returns<{ dueAt: Date | null }>({ dueAt: 'timestamptz' }) },
)

const claimEndpoints = statement(
  'endpoints-claim-due',
  (p: Named<{ now: Date; next: Date; limit: number }>) =>
    claimDueSql({
      table: 'webhook_endpoints',
      now: p.now,
      limit: p.limit,
      lock: 'NO KEY UPDATE',
      set: `due_at = ${p.next}`,
      returning: 'webhook_endpoints.id',
    }),
  { returns: returns<{ id: string }>({ id: 'uuid' }) },
)

const resume = statement(
  'deliveries-resume',
  (p: Named<{ endpointId: string }>) => `
  UPDATE webhook_deliveries SET due_at = created_at, attempts = 0
  WHERE endpoint_id = ${p.endpointId} AND state = 'pending' AND due_at > created_at`,
)

type List = DeliveryFilter & { endpointId: string; before: number | null; limit: number }

const someId = '00000000-0000-0000-0000-000000000000'
const someTime = new Date(0)

const list = composed(
  'deliveries-list',
  ({ endpointId, states, since, until, before, limit }: List, bind: Bind) => {
    const where = [`endpoint_id = ${bind(endpointId)}`]
    if (states) where.push(`state = ANY(${bind(states)}::text[])`)
    if (since) where.push(`created_at >= ${bind(since)}`)
    if (until) where.push(`created_at < ${bind(until)}`)
    if (before !== null) where.push(`position < ${bind(before)}`)
    return `SELECT ${selectDelivery} FROM webhook_deliveries WHERE ${where.join(' AND ')}
      ORDER BY position DESC LIMIT ${bind(limit)}`
  },
  {
    returns: aDelivery,
    examples: [{ endpointId: someId, states: ['failed'], since: someTime, until: someTime, before: 1, limit: 1 }],
  },
)

const find = statement(
  'delivery-find',
  (p: Named<{ deliveryId: string }>) => `SELECT ${selectDelivery} FROM webhook_deliveries WHERE id = ${p.deliveryId}`,
  { returns: aDelivery },
)

const attempts = statement(
  'delivery-attempts',
  (p: Named<{ deliveryId: string }>) => `
  SELECT at, number, status, duration_ms AS "durationMs", answer, problem, detail
  FROM webhook_attempts WHERE delivery_id = ${p.deliveryId} ORDER BY at`,
  {
    returns: returns<Attempt>({
      at: 'timestamptz',
      number: 'int',
      status: 'int',
      durationMs: 'int',
      answer: 'text',
      problem: 'text',
      detail: 'text',
    }),
  },
)

/** An endpoint that fails is tried at once, because somebody wants to see whether it works again. */
const wakeEndpoint = (endpointIds: string, now: string) => `
  UPDATE webhook_endpoints SET due_at = ${now}, retry_at = NULL WHERE id IN (${endpointIds}) AND state = 'active'`

const again = (now: string) => `state = 'pending', attempts = 0, due_at = ${now}, settled_at = NULL`

const retry = statement(
  'delivery-retry',
  (p: Named<{ deliveryId: string; now: Date }>) => `
  WITH retried AS (
    UPDATE webhook_deliveries SET ${again(p.now)} WHERE id = ${p.deliveryId} RETURNING ${selectDelivery}),
  woken AS (${wakeEndpoint('SELECT "endpointId" FROM retried', p.now)})
  SELECT * FROM retried`,
  { returns: aDelivery },
)

const recover = statement(
  'deliveries-recover',
  (p: Named<{ endpointId: string; since: Date; until: Date | null; now: Date }>) => `
  WITH recovered AS (
    UPDATE webhook_deliveries SET ${again(p.now)}
    WHERE endpoint_id = ${p.endpointId} AND state = 'failed' AND created_at >= ${p.since}
      AND (${p.until}::timestamptz IS NULL OR created_at < ${p.until}) RETURNING endpoint_id),
  woken AS (${wakeEndpoint('SELECT endpoint_id FROM recovered', p.now)})
  SELECT count(*)::int AS recovered FROM recovered`,
  { returns: returns<{ recovered: number }>({ recovered: 'int' }) },
)

/**
 * Newer events become deliveries anyway, unless they are older than the endpoint. A replay that goes on already begins anew,
 * at the earlier position.
 */
const replay = statement(
  'deliveries-replay',
  (p: Named<{ endpointId: string; after: number }>) => `
  UPDATE webhook_endpoints SET replay_after = least(replay_after, ${p.after}::bigint), replay_up_to = greatest(cursor.position, after_position)
  FROM webhook_cursor cursor WHERE webhook_endpoints.id = ${p.endpointId}
  RETURNING replay_up_to::float8 AS "upTo"`,
  { returns: returns<{ upTo: number }>({ upTo: 'float8' }) },
)

const summarise = statement(
  'deliveries-summarise',
  (p: Named<{ now: Date }>) => `
  SELECT pending.*,
    (SELECT count(*)::int FROM webhook_deliveries WHERE state = 'failed') AS failed,
    (SELECT newest - position FROM log_counter, webhook_cursor)::int AS behind
  FROM (SELECT
      count(*) FILTER (WHERE e.state = 'active' AND d.due_at <= ${p.now})::int AS due,
      min(d.due_at) FILTER (WHERE e.state = 'active' AND d.due_at <= ${p.now}) AS "oldestDueAt",
      count(*) FILTER (WHERE e.state = 'active' AND d.due_at > ${p.now})::int AS waiting,
      count(*) FILTER (WHERE e.state <> 'active')::int AS held
    FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id WHERE d.state = 'pending') AS pending`,
  {
    returns: returns<Omit<DeliverySummary, 'endpoints'>>({
      due: 'int',
      oldestDueAt: 'timestamptz',
      waiting: 'int',
      held: 'int',
      failed: 'int',
      behind: 'int',
    }),
    isPrepared: false,
  },
)

const countEndpoints = statement(
  'endpoints-by-state',
  () => 'SELECT state, count(*)::int AS count FROM webhook_endpoints GROUP BY state',
  { returns: returns<{ state: string; count: number }>({ state: 'text', count: 'int' }), isPrepared: false },
)

const countPending = statement(
  'deliveries-count-pending',
  (p: Named<{ endpointIds: string[] }>) => `
  SELECT endpoint_id AS id, count(*)::int AS count FROM webhook_deliveries
  WHERE endpoint_id = ANY(${p.endpointIds}::uuid[]) AND state = 'pending' GROUP BY endpoint_id`,
  { returns: returns<{ id: string; count: number }>({ id: 'uuid', count: 'int' }), isPrepared: false },
)

const expire = statement(
  'deliveries-expire',
  (p: Named<{ now: Date; limit: number }>) => `
  UPDATE webhook_deliveries SET state = 'expired', due_at = NULL, settled_at = ${p.now} WHERE id IN (
    SELECT gone.id FROM log_counter, webhook_endpoints e CROSS JOIN LATERAL (
      SELECT id FROM webhook_deliveries
      WHERE endpoint_id = e.id AND position <= removed AND state = 'pending' LIMIT ${p.limit}) AS gone
    LIMIT ${p.limit})`,
  { isPrepared: false },
)

const removeSettled = statement(
  'deliveries-remove-settled',
  (p: Named<{ before: Date; limit: number }>) => `
  DELETE FROM webhook_deliveries WHERE id IN (
    SELECT id FROM webhook_deliveries WHERE settled_at < ${p.before} ORDER BY settled_at LIMIT ${p.limit})`,
  { isPrepared: false },
)

const keepMonths = statement(
  'attempts-keep-months',
  (p: Named<{ now: Date; removeBefore: Date }>) =>
    `SELECT webhook_attempts.keep_months(${p.now}::timestamptz, ${p.removeBefore}::timestamptz)`,
  { isPrepared: false },
)
