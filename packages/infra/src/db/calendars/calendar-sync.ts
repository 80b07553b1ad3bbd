import type { CalendarStore, SyncEnd, SyncFailure, SyncStart } from '@seer/core/calendars/calendar-store'
import type pg from 'pg'
import { groupCommit } from '../../group-commit.ts'
import { isDatabaseUnavailable } from '../database-errors.ts'
import { selectIntegration, toIntegration } from './calendar-row.ts'
import { nextResult, resultWhenServed } from './calendar-sync-result.ts'

type SyncMethods = Pick<
  CalendarStore,
  'claimDueSyncs' | 'requestSync' | 'beginSync' | 'forgetDigest' | 'finishSync' | 'failSync' | 'noteVendorChange'
>

/** Rows of a calendar carry its sealed tokens, so a batch is a few hundred kilobytes. */
const batchSize = 200
const parallelBatches = 2
/** Event ids that one sync is given at most; the rest is due at the next. */
const dueEventsLimit = 500

/**
 * The bookkeeping of syncs, which every calendar goes through every few minutes: it is written past the connection's
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
    claimDueSyncs: (now, nextSyncAt, limit) => claimDueSyncs(pool, now, nextSyncAt, limit),
    requestSync: (integrationIds, now) => requestSync(pool, integrationIds, now),
    beginSync: (integrationId, now) => begin({ integrationId, now }),
    forgetDigest: (writing) => forgetDigest(pool, writing),
    finishSync: batched(finishAll, ({ integrationId }: SyncEnd) => integrationId),
    failSync: batched(failAll, ({ integrationId }: SyncFailure) => integrationId),
    noteVendorChange: (calendarId, eventIds, now) => noteVendorChange(pool, calendarId, eventIds, now),
  }
}

async function claimDueSyncs(pool: pg.Pool, now: Date, nextSyncAt: Date, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>({
    name: 'calendars-claim-due-syncs',
    text: `WITH due AS (
        SELECT id, next_sync_at FROM calendar_integrations
        WHERE next_sync_at <= $1 AND status IN ('active', 'error') AND calendar_id IS NOT NULL
        ORDER BY next_sync_at LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED),
      claimed AS (
        UPDATE calendar_integrations SET next_sync_at = $2 FROM due WHERE calendar_integrations.id = due.id
        RETURNING due.id, due.next_sync_at)
      SELECT id FROM claimed ORDER BY next_sync_at`,
    values: [now, nextSyncAt, limit],
  })
  return rows.map(({ id }) => id)
}

/**
 * How statements that write many calendars lock them: in the order of their ids, and FOR UPDATE. The weaker lock would let
 * a save of events in, which holds its calendar, and writers that then meet at a row it holds may wait in a circle.
 */
const lockOrder = 'ORDER BY id FOR UPDATE'

async function requestSync(pool: pg.Pool, integrationIds: string[], now: Date) {
  const { rows } = await pool.query<{ integrationId: string; requested: number }>({
    name: 'calendars-request-sync',
    text: `WITH asked AS (
        SELECT id FROM calendar_integrations
        WHERE id = ANY ($1::uuid[]) AND status IN ('active', 'error') AND calendar_id IS NOT NULL
        ${lockOrder})
      UPDATE calendar_integrations c SET sync_requested = sync_requested + 1, next_sync_at = ${noLaterThan('$2')}
      FROM asked WHERE c.id = asked.id
      RETURNING c.id AS "integrationId", c.sync_requested AS requested`,
    values: [integrationIds, now],
  })
  return rows
}

/** Of a calendar that is not read, `next_sync_at` stays null; `least` alone would overlook that. */
function noLaterThan(parameter: string): string {
  return `CASE WHEN c.next_sync_at IS NOT NULL THEN least(c.next_sync_at, ${parameter}) END`
}

type Writing = Parameters<CalendarStore['forgetDigest']>[0]

type Begin = { integrationId: string; now: Date }

async function beginAll(pool: pg.Pool, begins: Begin[]): Promise<(SyncStart | null)[]> {
  const { rows } = await pool.query({
    name: 'calendars-begin-sync',
    // Cut by a slice and not by a LIMIT, which would tempt the planner to walk through all events of the calendar.
    text: `SELECT ${selectIntegration('c')}, (
        SELECT (array_agg(e.id ORDER BY e.details_due_at))[1:${dueEventsLimit}] FROM calendar_events e
        WHERE e.integration_id = c.id AND e.details_due_at <= begun.now AND e.removed_at IS NULL) AS "dueEventIds"
      FROM unnest($1::uuid[], $2::timestamptz[]) AS begun (id, now)
      JOIN calendar_integrations c ON c.id = begun.id
      WHERE c.status IN ('active', 'error') AND c.calendar_id IS NOT NULL`,
    values: [begins.map(({ integrationId }) => integrationId), begins.map(({ now }) => now)],
  })
  const starts = new Map(rows.map((row) => [row.id, row]))
  return begins.map(({ integrationId }) => {
    const row = starts.get(integrationId)
    return row ? { integration: toIntegration(row), dueEventIds: row.dueEventIds ?? [] } : null
  })
}

/** A sync calls this before each of its writes, and only the first has anything to change. */
async function forgetDigest(pool: pg.Pool, { integrationId, digestBefore, mark }: Writing): Promise<void> {
  await pool.query({
    name: 'calendars-forget-digest',
    text: `UPDATE calendar_integrations SET
        events_digest = CASE WHEN events_digest IS NOT DISTINCT FROM $2::text THEN $3::text END
      WHERE id = $1 AND events_digest IS DISTINCT FROM $3::text`,
    values: [integrationId, digestBefore, mark],
  })
}

/** What success and failure have in common. A request that came after the sync began keeps the calendar due. */
const servedUpTo = `sync_served = greatest(c.sync_served, ended.served),
  next_sync_at = CASE WHEN c.sync_requested > ended.served THEN ${noLaterThan('ended.next_sync_at')}
    WHEN c.next_sync_at IS NOT NULL THEN ended.next_sync_at END`

const locked = `locked AS (
  SELECT id FROM calendar_integrations WHERE id = ANY ($1::uuid[]) ${lockOrder})`

async function finishAll(pool: pg.Pool, ends: SyncEnd[]): Promise<void[]> {
  await pool.query({
    name: 'calendars-finish-sync',
    text: `WITH ${locked}
      UPDATE calendar_integrations c SET ${servedUpTo}, last_synced_at = greatest(c.last_synced_at, ended.at),
        sync_result = ${nextResult}, sync_failures = 0, sync_error_code = NULL, sync_error_message = NULL,
        sync_error_at = NULL,
        events_digest = CASE WHEN c.events_digest IS NOT DISTINCT FROM ended.digest_before
          OR c.events_digest = ended.digest THEN ended.digest END
      FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::jsonb[], $6::text[], $7::text[])
        AS ended (id, served, next_sync_at, at, result, digest_before, digest), locked
      WHERE c.id = ended.id AND locked.id = ended.id`,
    values: [
      ends.map((end) => end.integrationId),
      ends.map((end) => end.served),
      ends.map((end) => end.nextSyncAt),
      ends.map((end) => end.at),
      ends.map((end) => JSON.stringify(end.counts)),
      ends.map((end) => end.digestBefore),
      ends.map((end) => end.digest),
    ],
  })
  return ends.map(() => {})
}

async function failAll(pool: pg.Pool, failures: SyncFailure[]): Promise<void[]> {
  await pool.query({
    name: 'calendars-fail-sync',
    text: `WITH ${locked}
      UPDATE calendar_integrations c SET ${servedUpTo}, sync_failures = c.sync_failures + 1,
        sync_result = ${resultWhenServed}, sync_error_code = ended.code, sync_error_message = ended.message,
        sync_error_at = ended.at, events_digest = NULL
      FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::text[], $6::text[])
        AS ended (id, served, next_sync_at, at, code, message), locked
      WHERE c.id = ended.id AND locked.id = ended.id`,
    values: [
      failures.map((failure) => failure.integrationId),
      failures.map((failure) => failure.served),
      failures.map((failure) => failure.nextSyncAt),
      failures.map((failure) => failure.at),
      failures.map((failure) => failure.code),
      failures.map((failure) => failure.message),
    ],
  })
  return failures.map(() => {})
}

async function noteVendorChange(pool: pg.Pool, calendarId: string, eventIds: string[], now: Date) {
  const { rows } = await pool.query<{ id: string }>({
    name: 'calendars-note-vendor-change',
    // The calendar first and its events in the order of their ids, as all writers of events do.
    text: `WITH calendar AS (
        UPDATE calendar_integrations c SET next_sync_at = ${noLaterThan('$3')}
        WHERE calendar_id = $1 AND status NOT IN ('connecting', 'failed', 'disconnecting') RETURNING id),
      named AS (
        SELECT e.id FROM calendar_events e JOIN calendar ON calendar.id = e.integration_id
        WHERE e.id = ANY ($2::uuid[]) ORDER BY e.id FOR NO KEY UPDATE OF e),
      noted AS (UPDATE calendar_events e SET details_due_at = $3 FROM named WHERE e.id = named.id)
      SELECT id FROM calendar`,
    values: [calendarId, eventIds, now],
  })
  return rows[0]?.id ?? null
}
