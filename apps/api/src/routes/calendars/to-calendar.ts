import { actionFor, type CalendarIntegration, isConnected } from '@seer/core/calendars/integration'
import { isStale, syncStandingOf } from '@seer/core/calendars/sync/sync-standing'
import type { LogEntry } from '@seer/core/log/entry'
import { apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import type { Calendar, CalendarEntry } from './calendar-schema.ts'

type Deps = Pick<ApiDeps, 'now' | 'oauth'> & { options: Pick<ApiDeps['options'], 'syncEveryMs'> }

/** For the answers to one request. Never holds a token. */
export function toCalendar(calendar: CalendarIntegration, deps: Deps): Calendar {
  const { sync } = calendar
  return {
    id: calendar.id,
    userId: calendar.userId,
    provider: calendar.provider,
    calendarId: calendar.calendarId,
    externalCalendarId: calendar.externalCalendarId,
    name: calendar.name,
    accountEmail: calendar.accountEmail,
    status: calendar.status,
    isActive: isConnected(calendar.status),
    statusMessage: calendar.statusMessage,
    action: toAction(calendar, deps),
    subscriptionExpiresAt: text(calendar.subscriptionExpiresAt),
    lastSyncedAt: text(sync.lastSyncedAt),
    sync: toSync(calendar),
    isStale: isStale(calendar, deps.now(), deps.options.syncEveryMs),
    lastError:
      calendar.lastErrorCode === null ? null : { code: calendar.lastErrorCode, message: calendar.lastErrorMessage },
    createdAt: calendar.createdAt.toISOString(),
    updatedAt: calendar.updatedAt.toISOString(),
  }
}

function toAction(calendar: CalendarIntegration, { oauth }: Deps): Calendar['action'] {
  const action = actionFor(calendar)
  const { provider, accountEmail: loginHint, externalCalendarId: rawCalendarId } = calendar
  if (!action || !oauth.configured.includes(provider)) return action
  const query = new URLSearchParams({ rawCalendarId, loginHint })
  return { ...action, oauthStartPath: `${apiPrefix}/calendar/oauth/${provider}/start?${query}` }
}

function toSync(calendar: CalendarIntegration): Calendar['sync'] {
  const { nextSyncAt, lastResult, failures, lastErrorCode, lastErrorMessage, lastErrorAt } = calendar.sync
  return {
    state: syncStandingOf(calendar),
    nextSyncAt: text(nextSyncAt),
    lastResult: lastResult && {
      created: lastResult.created,
      updated: lastResult.updated,
      cancelled: lastResult.cancelled,
      unchanged: lastResult.unchanged,
    },
    failures,
    error: lastErrorCode === null ? null : { code: lastErrorCode, message: lastErrorMessage, at: text(lastErrorAt) },
  }
}

export function toCalendarEntry({
  seq,
  type,
  occurredAt,
  recordedAt,
  cause,
  data,
}: LogEntry<'integration'>): CalendarEntry {
  return { seq, type, occurredAt: occurredAt.toISOString(), recordedAt: recordedAt.toISOString(), cause, data }
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
