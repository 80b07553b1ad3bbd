import { actionFor, type Integration as StoredIntegration } from '@seer/core/calendars/integration'
import { integrationJson } from '@seer/core/calendars/integration-json'
import { isStale } from '@seer/core/calendars/sync/sync-standing'
import type { LogEntry } from '@seer/core/log/entry'
import { apiPrefix } from '../../api-scope.ts'
import type { ApiDeps } from '../../dependencies.ts'
import type { Integration, IntegrationEntry } from './integration-schema.ts'

type Deps = Pick<ApiDeps, 'now' | 'oauth'> & { options: Pick<ApiDeps['options'], 'syncEveryMs'> }

/** For the answers to one request. Never holds a token. */
export function toIntegration(integration: StoredIntegration, deps: Deps): Integration {
  return {
    ...integrationJson(integration),
    action: toAction(integration, deps),
    isStale: isStale(integration, deps.now(), deps.options.syncEveryMs),
  }
}

function toAction(integration: StoredIntegration, { oauth }: Deps): Integration['action'] {
  const action = actionFor(integration)
  const { provider, accountEmail: loginHint, externalCalendarId: rawCalendarId } = integration
  if (!action || !oauth.configured.includes(provider)) return action
  const query = new URLSearchParams({ rawCalendarId, loginHint })
  return { ...action, oauthStartPath: `${apiPrefix}/calendar/oauth/${provider}/start?${query}` }
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
