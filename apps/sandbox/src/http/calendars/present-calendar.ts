import type { Connection } from '../../calendars/connection.ts'
import type { RawCalendar } from '../../calendars/provider/provider-account.ts'
import { iso, isoOrNull } from '../../time.ts'

/** Calendars as the vendor's API shows them (openapi-v2.json, *Calendar*Response). */

export function rawCalendar({ id, name, isPrimary, account }: RawCalendar) {
  return { id, name, email: account.email, is_primary: isPrimary }
}

export function newCalendar(connection: Connection) {
  return { ...identity(connection), created_at: iso(connection.createdAt) }
}

export function updatedCalendar(connection: Connection) {
  return { ...identity(connection), updated_at: iso(connection.updatedAt) }
}

export function calendarItem(connection: Connection) {
  const { syncedAt, createdAt } = connection
  return { ...identity(connection), synced_at: isoOrNull(syncedAt), created_at: iso(createdAt) }
}

export function calendarDetails(connection: Connection) {
  const { statusMessage, subscription, syncStatus, syncError, calendar, updatedAt } = connection
  return {
    ...calendarItem(connection),
    status_message: statusMessage,
    subscription_id: subscription?.id ?? null,
    subscription_expires_at: isoOrNull(subscription?.expiresAt ?? null),
    sync_status: syncStatus,
    sync_error: syncError,
    provider_metadata: { id: calendar.id, name: calendar.name, primary: calendar.isPrimary },
    updated_at: iso(updatedAt),
  }
}

function identity({ id, calendar, status }: Connection) {
  const { platform, email } = calendar.account
  return { calendar_id: id, calendar_platform: platform, account_email: email, status }
}
