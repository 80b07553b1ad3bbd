import type { CalendarIntegration, Connection, SyncState } from '@seer/core/calendars/integration'
import { type Column, int, json, text, time, toColumn, uuid } from '../columns.ts'

/** Each field of a connection and the column that holds it. */
const connectionColumns: Record<keyof Connection, Column> = {
  id: uuid('id'),
  userId: uuid('user_id'),
  provider: text('provider'),
  calendarId: text('calendar_id'),
  externalCalendarId: text('external_calendar_id'),
  name: text('name'),
  accountEmail: text('account_email'),
  status: text('status'),
  statusMessage: text('status_message'),
  refreshToken: text('refresh_token'),
  pendingRefreshToken: text('pending_refresh_token'),
  connectAttempts: int('connect_attempts'),
  connectStartedAt: time('connect_started_at'),
  subscriptionExpiresAt: time('subscription_expires_at'),
  providerSyncedAt: time('provider_synced_at'),
  providerSyncError: text('provider_sync_error'),
  checkedAt: time('checked_at'),
  leaseUntil: time('lease_until'),
  dueAt: time('due_at'),
  round: int('round'),
  lastErrorCode: text('last_error_code'),
  lastErrorMessage: text('last_error_message'),
  lastSeq: int('last_seq'),
  version: int('version'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
}

const syncColumns: Record<keyof SyncState, Column> = {
  nextSyncAt: time('next_sync_at'),
  lastSyncedAt: time('last_synced_at'),
  lastResult: json('sync_result'),
  failures: int('sync_failures'),
  lastErrorCode: text('sync_error_code'),
  lastErrorMessage: text('sync_error_message'),
  lastErrorAt: time('sync_error_at'),
  digest: text('events_digest'),
  requested: int('sync_requested'),
  served: int('sync_served'),
}

const connectionFields = Object.keys(connectionColumns) as (keyof Connection)[]
const syncFields = Object.keys(syncColumns) as (keyof SyncState)[]
/** Both have a `lastErrorCode`, so those of the sync are told apart in rows. */
const aliasOf = (field: keyof SyncState) => `sync.${field}`

/** A select list that makes rows for `toIntegration`. */
export function selectIntegration(table: string): string {
  return [
    ...connectionFields.map((field) => `${table}.${connectionColumns[field].name} AS "${field}"`),
    ...syncFields.map((field) => `${table}.${syncColumns[field].name} AS "${aliasOf(field)}"`),
  ].join(', ')
}

/** Reads a row selected with `selectIntegration`. */
export function toIntegration(row: Record<string, unknown>): CalendarIntegration {
  const connection = Object.fromEntries(connectionFields.map((field) => [field, row[field]]))
  const sync = Object.fromEntries(syncFields.map((field) => [field, row[aliasOf(field)]]))
  return { ...(connection as Connection), sync: sync as SyncState }
}

/** For inserting a whole row: `INSERT INTO calendar_integrations (columns) VALUES (parameters)`. */
export const insertedIntegration = {
  columns: [...Object.values(connectionColumns), ...Object.values(syncColumns)].map(({ name }) => name).join(', '),
  parameters: [...connectionFields, ...syncFields].map((_, i) => `$${i + 1}`).join(', '),
  values: (integration: CalendarIntegration) => [
    ...connectionFields.map((field) => toColumn(connectionColumns[field], integration[field])),
    ...syncFields.map((field) => toColumn(syncColumns[field], integration.sync[field])),
  ],
}

/** Fields that stay as they were when the row was added, and those that the writing statement sets by itself. */
const unwritten: (keyof Connection)[] = ['id', 'userId', 'createdAt', 'version', 'updatedAt']
const writtenFields = connectionFields.filter((field) => !unwritten.includes(field))

/** For writing the changing fields of a connection: `UPDATE calendar_integrations SET …`, placeholders beginning with $1. */
export const changedConnection = {
  set: writtenFields.map((field, i) => `${connectionColumns[field].name} = $${i + 1}`).join(', '),
  parameters: writtenFields.length,
  values: (connection: Connection) => writtenFields.map((field) => connection[field]),
}
