import type {
  CalendarSummary,
  ConnectionToCheck,
  IntegrationChange,
  IntegrationStore,
} from '@seer/core/calendars/calendar-store'
import { tellIntegration } from '@seer/core/calendars/integration-json'
import type pg from 'pg'
import { claimDueSql } from '../claim-due.ts'
import { appendEntries, entryValues, readEntries, removeEntries } from '../log/entries.ts'
import { type Named, returns, statement } from '../statement.ts'
import { openCalendarSyncs } from './calendar-sync.ts'
import {
  changedConnection,
  type IntegrationRow,
  insertedIntegration,
  integrationTypes,
  selectIntegration,
  toIntegration,
} from './integration-row.ts'

const integrationColumns = selectIntegration('calendar_integrations')
const anIntegration = returns<IntegrationRow>(integrationTypes)

/** Before the id of any row. */
const firstId = `'00000000-0000-0000-0000-000000000000'::uuid`

/** Connected calendars in Postgres. */
export function openIntegrationStore(pool: pg.Pool): IntegrationStore {
  const integrations = async (rows: Promise<IntegrationRow[]>) => (await rows).map(toIntegration)
  const integration = async (found: Promise<IntegrationRow | null>) => {
    const row = await found
    return row && toIntegration(row)
  }
  return {
    add: async (added) => (await add.count(pool, insertedIntegration.values(added))) === 1,
    find: (integrationId) => integration(find.first(pool, { integrationId })),
    findExternal: (userId, provider, externalCalendarId) =>
      integration(findExternal.first(pool, { userId, provider, externalCalendarId })),
    findForUser: (userId, id) => integration(findForUser.first(pool, { userId, id })),
    list: (userId) => integrations(list.all(pool, { userId })),
    isConnectedElsewhere: async (userId, provider, externalCalendarId) =>
      (await connectedElsewhere.count(pool, { userId, provider, externalCalendarId })) > 0,
    hasOlderSetup: async ({ id, provider, accountEmail }) =>
      (await olderSetup.count(pool, { id, provider, accountEmail })) > 0,
    linkedAmong: async (calendarIds) => new Set((await linkedAmong.all(pool, { calendarIds })).map(({ id }) => id)),
    saveChange: (change) => saveChange(pool, change),
    remove: async ({ id, version }) => (await remove.count(pool, { id, version })) === 1,
    log: (integrationId, afterSeq, limit) =>
      readEntries(pool, { kind: 'integration', id: integrationId }, afterSeq, limit),
    claimDue: (now, nextDueAt, limit) => integrations(claimDue.all(pool, { now, nextDueAt, limit })),
    listToCheck: (afterId, limit) => listToCheck.all(pool, { afterId, limit }),
    listSealedOtherwise: (currentPrefix, afterId, limit) =>
      integrations(listSealedOtherwise.all(pool, { currentPrefix, afterId, limit })),
    summarise: (staleBefore) => summarise(pool, staleBefore),
    ...openCalendarSyncs(pool),
  }
}

const selecting = <Values>(name: string, where: (p: Named<Values>) => string) =>
  statement(name, (p: Named<Values>) => `SELECT ${integrationColumns} FROM calendar_integrations WHERE ${where(p)}`, {
    returns: anIntegration,
  })

const find = selecting('calendar-find', (p: Named<{ integrationId: string }>) => `id = ${p.integrationId}`)

type External = { userId: string; provider: string; externalCalendarId: string }

const findExternal = selecting(
  'calendar-find-external',
  (p: Named<External>) =>
    `user_id = ${p.userId} AND provider = ${p.provider} AND external_calendar_id = ${p.externalCalendarId}`,
)

const findForUser = selecting(
  'calendar-find-for-user',
  (p: Named<{ userId: string; id: string }>) =>
    `user_id = ${p.userId} AND (id = ${p.id}::uuid OR calendar_id = ${p.id}::text)`,
)

const list = selecting(
  'calendar-list',
  (p: Named<{ userId: string }>) => `user_id = ${p.userId} AND status <> 'disconnecting' ORDER BY created_at, id`,
)

const listSealedOtherwise = selecting(
  'calendar-list-sealed-otherwise',
  (p: Named<{ currentPrefix: string; afterId: string | null; limit: number }>) => `
    (NOT starts_with(refresh_token, ${p.currentPrefix}) OR NOT starts_with(pending_refresh_token, ${p.currentPrefix}))
      AND id > coalesce(${p.afterId}, ${firstId}) ORDER BY id LIMIT ${p.limit}`,
)

const connectedElsewhere = statement(
  'calendar-connected-elsewhere',
  (p: Named<External>) => `SELECT FROM calendar_integrations
    WHERE provider = ${p.provider} AND external_calendar_id = ${p.externalCalendarId} AND user_id <> ${p.userId}
      AND (status <> 'failed' OR calendar_id IS NOT NULL) LIMIT 1`,
  { isPrepared: false },
)

const olderSetup = statement(
  'calendar-older-setup',
  (p: Named<{ id: string; provider: string; accountEmail: string | null }>) => `SELECT FROM calendar_integrations
    WHERE provider = ${p.provider} AND account_email = ${p.accountEmail} AND id < ${p.id} AND status = 'connecting'
      AND calendar_id IS NULL AND connect_attempts > 0 LIMIT 1`,
  { isPrepared: false },
)

const linkedAmong = statement(
  'calendar-linked-among',
  (p: Named<{ calendarIds: string[] }>) =>
    `SELECT calendar_id AS id FROM calendar_integrations WHERE calendar_id = ANY (${p.calendarIds})`,
  { returns: returns<{ id: string }>({ id: 'text' }), isPrepared: false },
)

/**
 * The foreign key removes the events. They are locked before their entries are removed, as cleanup does it, so that neither
 * waits for the other.
 */
const remove = statement(
  'calendar-remove',
  (p: Named<{ id: string; version: number }>) => `WITH removed AS (
      DELETE FROM calendar_integrations WHERE id = ${p.id} AND version = ${p.version} RETURNING id),
    forgotten AS (${removeEntries('integration', 'removed')}),
    events AS (
      SELECT e.id FROM calendar_events e JOIN removed ON e.integration_id = removed.id ORDER BY e.id FOR UPDATE OF e),
    forgotten_events AS (${removeEntries('event', 'events')})
    SELECT id FROM removed`,
  { isPrepared: false },
)

type Fields = Named<Record<string, unknown>>

const add = statement(
  'calendar-add',
  (p: Fields) => `INSERT INTO calendar_integrations (${insertedIntegration.columns})
    VALUES (${insertedIntegration.parameters(p)}) ON CONFLICT DO NOTHING`,
)

const save = statement(
  'calendar-save-change',
  (p: Fields) => `
  WITH moved AS (
    UPDATE calendar_integrations SET ${changedConnection.set(p)}, version = version + 1, updated_at = now(),
      next_sync_at = CASE WHEN ${p['isSyncMoved']}::boolean THEN ${p['nextSyncAt']}::timestamptz ELSE next_sync_at END
    WHERE id = ${p['before.id']} AND version = ${p['before.version']} RETURNING id),
  ${appendEntries('integration', 'moved', p)}
  SELECT id FROM moved`,
)

async function saveChange(pool: pg.Pool, change: IntegrationChange): Promise<boolean> {
  const { before, next, entries } = change
  const { nextSyncAt } = next.sync
  const written = await save.count(pool, {
    ...changedConnection.values({ ...next, lastSeq: before.lastSeq + entries.length }),
    'before.id': before.id,
    'before.version': before.version,
    isSyncMoved: nextSyncAt?.getTime() !== before.sync.nextSyncAt?.getTime(),
    nextSyncAt,
    ...entryValues([{ ...change, told: tellIntegration(change, new Date()) }]),
  })
  return written === 1
}

const claimDue = statement(
  'calendar-claim-due',
  (p: Named<{ now: Date; nextDueAt: Date; limit: number }>) =>
    claimDueSql({
      table: 'calendar_integrations',
      now: p.now,
      limit: p.limit,
      lock: 'NO KEY UPDATE',
      set: `due_at = ${p.nextDueAt}, version = version + 1`,
      returning: integrationColumns,
    }),
  { returns: anIntegration, isPrepared: false },
)

const listToCheck = statement(
  'calendar-list-to-check',
  (p: Named<{ afterId: string | null; limit: number }>) => `
    SELECT id, calendar_id AS "calendarId", status, subscription_expires_at AS "subscriptionExpiresAt",
      checked_at AS "checkedAt"
    FROM calendar_integrations
    WHERE calendar_id IS NOT NULL AND status <> 'disconnecting' AND id > coalesce(${p.afterId}, ${firstId})
    ORDER BY id LIMIT ${p.limit}`,
  {
    returns: returns<ConnectionToCheck>({
      id: 'uuid',
      calendarId: 'text',
      status: 'text',
      subscriptionExpiresAt: 'timestamptz',
      checkedAt: 'timestamptz',
    }),
    isPrepared: false,
  },
)

type SummaryRow = CalendarSummary['byStatus'][number] & { stale: number; oldestSyncedAt: Date }

const countByStatus = statement(
  'calendar-summarise',
  (p: Named<{ staleBefore: Date }>) => `
    SELECT provider, status, count(*)::int AS count,
      count(*) FILTER (WHERE coalesce(last_synced_at, created_at) < ${p.staleBefore})::int AS stale,
      min(coalesce(last_synced_at, created_at)) AS "oldestSyncedAt"
    FROM calendar_integrations GROUP BY provider, status ORDER BY provider, status`,
  {
    returns: returns<SummaryRow>({
      provider: 'text',
      status: 'text',
      count: 'int',
      stale: 'int',
      oldestSyncedAt: 'timestamptz',
    }),
    isPrepared: false,
  },
)

async function summarise(pool: pg.Pool, staleBefore: Date): Promise<CalendarSummary> {
  const rows = await countByStatus.all(pool, { staleBefore })
  const connected = rows.filter(({ status }) => status === 'active' || status === 'error')
  const oldest = connected.map((row) => row.oldestSyncedAt).sort((a, b) => +a - +b)[0]
  return {
    byStatus: rows.map(({ provider, status, count }) => ({ provider, status, count })),
    stale: connected.reduce((sum, row) => sum + row.stale, 0),
    oldestSyncedAt: oldest ?? null,
  }
}
