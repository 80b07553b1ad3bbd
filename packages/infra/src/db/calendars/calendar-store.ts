import type {
  CalendarStore,
  CalendarSummary,
  ConnectionToCheck,
  IntegrationChange,
} from '@seer/core/calendars/calendar-store'
import type { CalendarIntegration, IntegrationEntry } from '@seer/core/calendars/integration'
import type pg from 'pg'
import { changedConnection, insertedIntegration, selectIntegration, toIntegration } from './calendar-row.ts'
import { openCalendarSyncs } from './calendar-sync.ts'

const integrationColumns = selectIntegration('calendar_integrations')

/** Connected calendars in Postgres. */
export function openCalendarStore(pool: pg.Pool): CalendarStore {
  const select = async (name: string, where: string, values: unknown[]) => {
    const text = `SELECT ${integrationColumns} FROM calendar_integrations WHERE ${where}`
    const { rows } = await pool.query({ name, text, values })
    return rows.map(toIntegration)
  }
  const selectOne = async (name: string, where: string, values: unknown[]) =>
    (await select(name, where, values))[0] ?? null
  return {
    add: (integration) => add(pool, integration),
    find: (integrationId) => selectOne('calendar-find', 'id = $1', [integrationId]),
    findExternal: (userId, provider, externalCalendarId) =>
      selectOne('calendar-find-external', 'user_id = $1 AND provider = $2 AND external_calendar_id = $3', [
        userId,
        provider,
        externalCalendarId,
      ]),
    findForUser: (userId, id) =>
      selectOne('calendar-find-for-user', 'user_id = $1 AND (id = $2::uuid OR calendar_id = $2::text)', [userId, id]),
    list: (userId) =>
      select('calendar-list', `user_id = $1 AND status <> 'disconnecting' ORDER BY created_at, id`, [userId]),
    isConnectedElsewhere: async (userId, provider, externalCalendarId) => {
      const { rows } = await pool.query(
        `SELECT FROM calendar_integrations
          WHERE provider = $2 AND external_calendar_id = $3 AND user_id <> $1
            AND (status <> 'failed' OR calendar_id IS NOT NULL) LIMIT 1`,
        [userId, provider, externalCalendarId],
      )
      return rows.length > 0
    },
    hasOlderSetup: async ({ id, provider, accountEmail }) => {
      const { rows } = await pool.query(
        `SELECT FROM calendar_integrations
          WHERE provider = $2 AND account_email = $3 AND id < $1 AND status = 'connecting' AND calendar_id IS NULL
            AND connect_attempts > 0 LIMIT 1`,
        [id, provider, accountEmail],
      )
      return rows.length > 0
    },
    linkedAmong: async (calendarIds) => {
      const text = 'SELECT calendar_id AS id FROM calendar_integrations WHERE calendar_id = ANY ($1)'
      const { rows } = await pool.query<{ id: string }>(text, [calendarIds])
      return new Set(rows.map(({ id }) => id))
    },
    saveChange: (change) => saveChange(pool, change),
    remove: async ({ id, version }) => {
      const { rowCount } = await pool.query('DELETE FROM calendar_integrations WHERE id = $1 AND version = $2', [
        id,
        version,
      ])
      return rowCount === 1
    },
    log: (integrationId, afterSeq, limit) => log(pool, integrationId, afterSeq, limit),
    claimDue: (now, nextDueAt, limit) => claimDue(pool, now, nextDueAt, limit),
    listToCheck: (afterId, limit) => listToCheck(pool, afterId, limit),
    listSealedOtherwise: (currentPrefix, afterId, limit) =>
      select(
        'calendar-list-sealed-otherwise',
        `(NOT starts_with(refresh_token, $1) OR NOT starts_with(pending_refresh_token, $1))
          AND id > coalesce($2, '00000000-0000-0000-0000-000000000000'::uuid) ORDER BY id LIMIT $3`,
        [currentPrefix, afterId, limit],
      ),
    summarise: (staleBefore) => summarise(pool, staleBefore),
    ...openCalendarSyncs(pool),
  }
}

async function add(pool: pg.Pool, integration: CalendarIntegration): Promise<boolean> {
  const { columns, parameters, values } = insertedIntegration
  const { rowCount } = await pool.query({
    name: 'calendar-add',
    text: `INSERT INTO calendar_integrations (${columns}) VALUES (${parameters}) ON CONFLICT DO NOTHING`,
    values: values(integration),
  })
  return rowCount === 1
}

const { set, parameters: setParameters } = changedConnection
const parameter = (n: number) => `$${setParameters + n}`

const saveText = `
  WITH moved AS (
    UPDATE calendar_integrations SET ${set}, version = version + 1, updated_at = now(),
      next_sync_at = CASE WHEN ${parameter(3)}::boolean THEN ${parameter(4)}::timestamptz ELSE next_sync_at END
    WHERE id = ${parameter(1)} AND version = ${parameter(2)} RETURNING id),
  logged AS (
    INSERT INTO calendar_integration_log (integration_id, seq, cause, type, occurred_at, data)
    SELECT moved.id, ${parameter(5)}::int + entry.place, ${parameter(6)}::text, entry.type, entry.occurred_at, entry.data
    FROM moved, unnest(${parameter(7)}::text[], ${parameter(8)}::timestamptz[], ${parameter(9)}::jsonb[])
      WITH ORDINALITY AS entry (type, occurred_at, data, place))
  SELECT id FROM moved`

async function saveChange(pool: pg.Pool, { before, next, entries, cause }: IntegrationChange): Promise<boolean> {
  const { nextSyncAt } = next.sync
  const { rowCount } = await pool.query({
    name: 'calendar-save-change',
    text: saveText,
    values: [
      ...changedConnection.values({ ...next, lastSeq: before.lastSeq + entries.length }),
      before.id,
      before.version,
      nextSyncAt?.getTime() !== before.sync.nextSyncAt?.getTime(),
      nextSyncAt,
      before.lastSeq,
      cause,
      entries.map(({ type }) => type),
      entries.map(({ occurredAt }) => occurredAt),
      entries.map(({ data }) => JSON.stringify(data)),
    ],
  })
  return rowCount === 1
}

async function log(pool: pg.Pool, integrationId: string, afterSeq: number, limit: number): Promise<IntegrationEntry[]> {
  const { rows } = await pool.query({
    name: 'calendar-log',
    text: `SELECT seq, type, occurred_at AS "occurredAt", recorded_at AS "recordedAt", cause, data
      FROM calendar_integration_log WHERE integration_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
    values: [integrationId, afterSeq, limit],
  })
  return rows
}

async function claimDue(pool: pg.Pool, now: Date, nextDueAt: Date, limit: number): Promise<CalendarIntegration[]> {
  const { rows } = await pool.query(
    `WITH due AS (
        SELECT id FROM calendar_integrations WHERE due_at <= $1 ORDER BY due_at LIMIT $3
        FOR NO KEY UPDATE SKIP LOCKED)
      UPDATE calendar_integrations SET due_at = $2, round = round + 1, version = version + 1
      FROM due WHERE calendar_integrations.id = due.id RETURNING ${integrationColumns}`,
    [now, nextDueAt, limit],
  )
  return rows.map(toIntegration)
}

async function listToCheck(pool: pg.Pool, afterId: string | null, limit: number): Promise<ConnectionToCheck[]> {
  const { rows } = await pool.query(
    `SELECT id, calendar_id AS "calendarId", status, subscription_expires_at AS "subscriptionExpiresAt",
        checked_at AS "checkedAt"
      FROM calendar_integrations
      WHERE calendar_id IS NOT NULL AND status <> 'disconnecting'
        AND id > coalesce($1, '00000000-0000-0000-0000-000000000000'::uuid)
      ORDER BY id LIMIT $2`,
    [afterId, limit],
  )
  return rows
}

async function summarise(pool: pg.Pool, staleBefore: Date): Promise<CalendarSummary> {
  const { rows } = await pool.query(
    `SELECT provider, status, count(*)::int AS count,
        count(*) FILTER (WHERE coalesce(last_synced_at, created_at) < $1)::int AS stale,
        min(coalesce(last_synced_at, created_at)) AS "oldestSyncedAt"
      FROM calendar_integrations GROUP BY provider, status ORDER BY provider, status`,
    [staleBefore],
  )
  const connected = rows.filter(({ status }) => status === 'active' || status === 'error')
  const oldest = connected.map((row) => row.oldestSyncedAt).sort((a, b) => a - b)[0]
  return {
    byStatus: rows.map(({ provider, status, count }) => ({ provider, status, count })),
    stale: connected.reduce((sum, row) => sum + row.stale, 0),
    oldestSyncedAt: oldest ?? null,
  }
}
