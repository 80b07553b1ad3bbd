import { actionFor, isConnected, type Integration as StoredIntegration } from '@seer/core/calendars/integration'
import { isStale, syncStandingOf } from '@seer/core/calendars/sync/sync-standing'
import type { LogEntry } from '@seer/core/log/entry'
import { apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import type { Integration, IntegrationEntry } from './integration-schema.ts'

type Deps = Pick<ApiDeps, 'now' | 'oauth'> & { options: Pick<ApiDeps['options'], 'syncEveryMs'> }

/** For the answers to one request. Never holds a token. */
export function toIntegration(integration: StoredIntegration, deps: Deps): Integration {
  const { sync } = integration
  return {
    id: integration.id,
    userId: integration.userId,
    provider: integration.provider,
    calendarId: integration.calendarId,
    externalCalendarId: integration.externalCalendarId,
    name: integration.name,
    accountEmail: integration.accountEmail,
    status: integration.status,
    isActive: isConnected(integration.status),
    statusMessage: integration.statusMessage,
    action: toAction(integration, deps),
    subscriptionExpiresAt: text(integration.subscriptionExpiresAt),
    lastSyncedAt: text(sync.lastSyncedAt),
    sync: toSync(integration),
    isStale: isStale(integration, deps.now(), deps.options.syncEveryMs),
    lastError:
      integration.lastErrorCode === null
        ? null
        : { code: integration.lastErrorCode, message: integration.lastErrorMessage },
    createdAt: integration.createdAt.toISOString(),
    updatedAt: integration.updatedAt.toISOString(),
  }
}

function toAction(integration: StoredIntegration, { oauth }: Deps): Integration['action'] {
  const action = actionFor(integration)
  const { provider, accountEmail: loginHint, externalCalendarId: rawCalendarId } = integration
  if (!action || !oauth.configured.includes(provider)) return action
  const query = new URLSearchParams({ rawCalendarId, loginHint })
  return { ...action, oauthStartPath: `${apiPrefix}/calendar/oauth/${provider}/start?${query}` }
}

function toSync(integration: StoredIntegration): Integration['sync'] {
  const { nextSyncAt, lastResult, failures, lastErrorCode, lastErrorMessage, lastErrorAt } = integration.sync
  return {
    state: syncStandingOf(integration),
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

export function toIntegrationEntry({
  seq,
  type,
  occurredAt,
  recordedAt,
  cause,
  data,
}: LogEntry<'integration'>): IntegrationEntry {
  return { seq, type, occurredAt: occurredAt.toISOString(), recordedAt: recordedAt.toISOString(), cause, data }
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
