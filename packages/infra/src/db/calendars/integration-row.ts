import type { Connection, Integration, SyncState } from '@seer/core/calendars/integration'
import { type ColumnsOf, int, json, text, time, toColumn, uuid } from '../columns.ts'
import type { RowTypes, SqlType } from '../statement.ts'

/** The fields of a connection and their columns. */
const connectionColumns: ColumnsOf<Connection> = {
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
  vendorSyncedAt: time('vendor_synced_at'),
  vendorSyncError: text('vendor_sync_error'),
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

const syncColumns: ColumnsOf<SyncState> = {
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
/** Both roles have a `lastErrorCode`, so the sync's fields have a prefix in rows. */
const aliasOf = <Name extends keyof SyncState>(field: Name) => `sync.${field}` as const

/** A select list that makes rows for `toIntegration`. */
export function selectIntegration(table: string): string {
  return [
    ...connectionFields.map((field) => `${table}.${connectionColumns[field].name} AS "${field}"`),
    ...syncFields.map((field) => `${table}.${syncColumns[field].name} AS "${aliasOf(field)}"`),
  ].join(', ')
}

/** An integration as `selectIntegration` selects it. */
export type IntegrationRow = Connection & { [Name in keyof SyncState as `sync.${Name}`]: SyncState[Name] }

/** What `selectIntegration` returns. */
export const integrationTypes = Object.fromEntries<SqlType>([
  ...connectionFields.map((field) => [field, connectionColumns[field].type] as const),
  ...syncFields.map((field) => [aliasOf(field), syncColumns[field].type] as const),
]) as RowTypes<IntegrationRow>

/** The integration of a row: the columns of its sync become one object. */
export function toIntegration(row: IntegrationRow): Integration {
  const connection = Object.fromEntries(connectionFields.map((field) => [field, row[field]]))
  const sync = Object.fromEntries(syncFields.map((field) => [field, row[aliasOf(field)]]))
  return { ...(connection as Connection), sync: sync as SyncState }
}

type Placeholders = { readonly [name: string]: string }

/** For inserting a whole row: `INSERT INTO calendar_integrations (columns) VALUES (parameters)`. */
export const insertedIntegration = {
  columns: [...Object.values(connectionColumns), ...Object.values(syncColumns)].map(({ name }) => name).join(', '),
  parameters: (p: Placeholders) => [...connectionFields, ...syncFields.map(aliasOf)].map((name) => p[name]).join(', '),
  values: (integration: Integration): Record<string, unknown> =>
    Object.fromEntries([
      ...connectionFields.map((field) => [field, toColumn(connectionColumns[field], integration[field])] as const),
      ...syncFields.map((field) => [aliasOf(field), toColumn(syncColumns[field], integration.sync[field])] as const),
    ]),
}

/** Fields that never change after the insert, and fields that the writing statement sets itself. */
const unwritten: (keyof Connection)[] = ['id', 'userId', 'createdAt', 'version', 'updatedAt']
const writtenFields = connectionFields.filter((field) => !unwritten.includes(field))

/** For writing the changing fields of a connection: `UPDATE calendar_integrations SET …`. */
export const changedConnection = {
  set: (p: Placeholders) => writtenFields.map((field) => `${connectionColumns[field].name} = ${p[field]}`).join(', '),
  values: (connection: Connection): Record<string, unknown> =>
    Object.fromEntries(writtenFields.map((field) => [field, connection[field]])),
}
