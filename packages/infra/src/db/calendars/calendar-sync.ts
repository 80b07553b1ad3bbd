import type { IntegrationStore, SyncEnd, SyncFailure, SyncStart } from '@seer/core/calendars/calendar-store'
import type pg from 'pg'
import { groupCommit } from '../../group-commit.ts'
import { isDatabaseUnavailable } from '../database-errors.ts'
import { type Named, returns, statement } from '../statement.ts'
import { nextResult, resultWhenServed } from './calendar-sync-result.ts'
import { type IntegrationRow, integrationTypes, selectIntegration, toIntegration } from './integration-row.ts'

type SyncMethods = Pick<
  IntegrationStore,
  'claimDueSyncs' | 'requestSync' | 'beginSync' | 'forgetDigest' | 'finishSync' | 'failSync' | 'noteVendorChange'
>

/** A calendar's row has sealed tokens, so a batch is a few hundred kilobytes. */
const batchSize = 200
const parallelBatches = 2
/** The most event ids for one sync. The rest stays due for the next. */
const dueEventsLimit = 500

/**
 * The bookkeeping of syncs. Every calendar is synced every few minutes, so it is written without the connection's
 * version, many calendars per statement.
 */
export function openCalendarSyncs(pool: pg.Pool): SyncMethods {
  const batched = <Item, Result>(
    write: (pool: pg.Pool, items: Item[]) => Promise<Result[]>,
    key: (i: Item) => string,
  ) =>
    groupCommit({
      write: (items: Item[]) => write(pool, items),
      batchSize,
      parallel: parallelBatches,
      isFatal: isDatabaseUnavailable,
      key,
    })
  const begin = batched(beginAll, ({ integrationId }: Begin) => integrationId)
  return {
    claimDueSyncs: async (now, nextSyncAt, limit) =>
      (await claimDueSyncs.all(pool, { now, nextSyncAt, limit })).map(({ id }) => id),
    requestSync: (integrationIds, now) => requestSync.all(pool, { integrationIds, now }),
    beginSync: (integrationId, now) => begin({ integrationId, now }),
    forgetDigest: async (writing) => {
      await forgetDigest.count(pool, writing)
    },
    finishSync: batched(finishAll, ({ integrationId }: SyncEnd) => integrationId),
    failSync: batched(failAll, ({ integrationId }: SyncFailure) => integrationId),
    noteVendorChange: async (calendarId, eventIds, now) =>
      (await noteVendorChange.first(pool, { calendarId, eventIds, now }))?.id ?? null,
  }
}

const anId = returns<{ id: string }>({ id: 'uuid' })

const claimDueSyncs = statement(
  'calendars-claim-due-syncs',
  (p: Named<{ now: Date; nextSyncAt: Date; limit: number }>) => `
    WITH due AS (
      SELECT id, next_sync_at FROM calendar_integrations
      WHERE next_sync_at <= ${p.now} AND status IN ('active', 'error') AND calendar_id IS NOT NULL
      ORDER BY next_sync_at LIMIT ${p.limit} FOR NO KEY UPDATE SKIP LOCKED),
    claimed AS (
      UPDATE calendar_integrations SET next_sync_at = ${p.nextSyncAt} FROM due WHERE calendar_integrations.id = due.id
      RETURNING due.id, due.next_sync_at)
    SELECT id FROM claimed ORDER BY next_sync_at`,
  { returns: anId },
)

/**
 * How statements that write many calendars lock them: in the order of their ids, with FOR UPDATE. The weaker lock would
 * let a save of events in, which locks its calendar. Then writers that meet at one of its rows could wait in a circle.
 */
const lockOrder = 'ORDER BY id FOR UPDATE'

const requestSync = statement(
  'calendars-request-sync',
  (p: Named<{ integrationIds: string[]; now: Date }>) => `
    WITH asked AS (
      SELECT id FROM calendar_integrations
      WHERE id = ANY (${p.integrationIds}::uuid[]) AND status IN ('active', 'error') AND calendar_id IS NOT NULL
      ${lockOrder})
    UPDATE calendar_integrations c SET sync_requested = sync_requested + 1, next_sync_at = ${noLaterThan(p.now)}
    FROM asked WHERE c.id = asked.id
    RETURNING c.id AS "integrationId", c.sync_requested AS requested`,
  { returns: returns<{ integrationId: string; requested: number }>({ integrationId: 'uuid', requested: 'int' }) },
)

/** `next_sync_at` stays null for a calendar that is not read. `least` by itself would ignore the null. */
function noLaterThan(time: string): string {
  return `CASE WHEN c.next_sync_at IS NOT NULL THEN least(c.next_sync_at, ${time}) END`
}

type Begin = { integrationId: string; now: Date }
type BegunRow = IntegrationRow & { dueEventIds: string[] | null }

const beginSyncs = statement(
  'calendars-begin-sync',
  // A slice and not a LIMIT, because with a LIMIT the planner might walk through all events of the calendar.
  (p: Named<{ ids: string[]; now: Date[] }>) => `
    SELECT ${selectIntegration('c')}, (
      SELECT (array_agg(e.id ORDER BY e.details_due_at))[1:${dueEventsLimit}] FROM calendar_events e
      WHERE e.integration_id = c.id AND e.details_due_at <= begun.now AND e.removed_at IS NULL) AS "dueEventIds"
    FROM unnest(${p.ids}::uuid[], ${p.now}::timestamptz[]) AS begun (id, now)
    JOIN calendar_integrations c ON c.id = begun.id
    WHERE c.status IN ('active', 'error') AND c.calendar_id IS NOT NULL`,
  { returns: returns<BegunRow>({ ...integrationTypes, dueEventIds: 'uuid[]' }) },
)

async function beginAll(pool: pg.Pool, begins: Begin[]): Promise<(SyncStart | null)[]> {
  const rows = await beginSyncs.all(pool, {
    ids: begins.map(({ integrationId }) => integrationId),
    now: begins.map(({ now }) => now),
  })
  const starts = new Map(rows.map((row) => [row.id, row]))
  return begins.map(({ integrationId }) => {
    const row = starts.get(integrationId)
    return row ? { integration: toIntegration(row), dueEventIds: row.dueEventIds ?? [] } : null
  })
}

/** A sync calls this before each of its writes. Only the first call changes anything. */
const forgetDigest = statement(
  'calendars-forget-digest',
  (p: Named<Parameters<IntegrationStore['forgetDigest']>[0]>) => `
    UPDATE calendar_integrations SET
      events_digest = CASE WHEN events_digest IS NOT DISTINCT FROM ${p.digestBefore}::text THEN ${p.mark}::text END
    WHERE id = ${p.integrationId} AND events_digest IS DISTINCT FROM ${p.mark}::text`,
)

/** The common part of success and failure. A request that came after the sync began keeps the calendar due. */
const servedUpTo = `sync_served = greatest(c.sync_served, ended.served),
  next_sync_at = CASE WHEN c.sync_requested > ended.served THEN ${noLaterThan('ended.next_sync_at')}
    WHEN c.next_sync_at IS NOT NULL THEN ended.next_sync_at END`

const locked = (ids: string) => `locked AS (
  SELECT id FROM calendar_integrations WHERE id = ANY (${ids}::uuid[]) ${lockOrder})`

type Ended = { ids: string[]; served: number[]; nextSyncAt: Date[]; at: Date[] }
const endedArrays = (p: Named<Ended>) =>
  `${p.ids}::uuid[], ${p.served}::int[], ${p.nextSyncAt}::timestamptz[], ${p.at}::timestamptz[]`

const endedValues = (ends: Omit<SyncEnd, 'counts' | 'digestBefore' | 'digest'>[]): Ended => ({
  ids: ends.map((end) => end.integrationId),
  served: ends.map((end) => end.served),
  nextSyncAt: ends.map((end) => end.nextSyncAt),
  at: ends.map((end) => end.at),
})

type Finished = Ended & { counts: string[]; digestBefore: SyncEnd['digestBefore'][]; digest: SyncEnd['digest'][] }

const finishSyncs = statement(
  'calendars-finish-sync',
  (p: Named<Finished>) => `
    WITH ${locked(p.ids)}
    UPDATE calendar_integrations c SET ${servedUpTo}, last_synced_at = greatest(c.last_synced_at, ended.at),
      sync_result = ${nextResult}, sync_failures = 0, sync_error_code = NULL, sync_error_message = NULL,
      sync_error_at = NULL,
      events_digest = CASE WHEN c.events_digest IS NOT DISTINCT FROM ended.digest_before
        OR c.events_digest = ended.digest THEN ended.digest END
    FROM unnest(${endedArrays(p)}, ${p.counts}::jsonb[], ${p.digestBefore}::text[], ${p.digest}::text[])
      AS ended (id, served, next_sync_at, at, result, digest_before, digest), locked
    WHERE c.id = ended.id AND locked.id = ended.id`,
)

async function finishAll(pool: pg.Pool, ends: SyncEnd[]): Promise<void[]> {
  await finishSyncs.count(pool, {
    ...endedValues(ends),
    counts: ends.map((end) => JSON.stringify(end.counts)),
    digestBefore: ends.map((end) => end.digestBefore),
    digest: ends.map((end) => end.digest),
  })
  return ends.map(() => {})
}

const failSyncs = statement(
  'calendars-fail-sync',
  (p: Named<Ended & { codes: string[]; messages: string[] }>) => `
    WITH ${locked(p.ids)}
    UPDATE calendar_integrations c SET ${servedUpTo}, sync_failures = c.sync_failures + 1,
      sync_result = ${resultWhenServed}, sync_error_code = ended.code, sync_error_message = ended.message,
      sync_error_at = ended.at, events_digest = NULL
    FROM unnest(${endedArrays(p)}, ${p.codes}::text[], ${p.messages}::text[])
      AS ended (id, served, next_sync_at, at, code, message), locked
    WHERE c.id = ended.id AND locked.id = ended.id`,
)

async function failAll(pool: pg.Pool, failures: SyncFailure[]): Promise<void[]> {
  await failSyncs.count(pool, {
    ...endedValues(failures),
    codes: failures.map((failure) => failure.code),
    messages: failures.map((failure) => failure.message),
  })
  return failures.map(() => {})
}

/** Locks the calendar first and its events in the order of their ids, like all writers of events. */
const noteVendorChange = statement(
  'calendars-note-vendor-change',
  (p: Named<{ calendarId: string; eventIds: string[]; now: Date }>) => `
    WITH calendar AS (
      UPDATE calendar_integrations c SET next_sync_at = ${noLaterThan(p.now)}
      WHERE calendar_id = ${p.calendarId} AND status NOT IN ('connecting', 'failed', 'disconnecting') RETURNING id),
    named AS (
      SELECT e.id FROM calendar_events e JOIN calendar ON calendar.id = e.integration_id
      WHERE e.id = ANY (${p.eventIds}::uuid[]) ORDER BY e.id FOR NO KEY UPDATE OF e),
    noted AS (UPDATE calendar_events e SET details_due_at = ${p.now} FROM named WHERE e.id = named.id)
    SELECT id FROM calendar`,
  { returns: anId },
)
