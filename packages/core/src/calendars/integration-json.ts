import type { Told } from '../log/readers.ts'
import { actionFor, type Integration, isConnected } from './integration.ts'
import { syncStandingOf } from './sync/sync-standing.ts'

/**
 * A connected calendar as the API, the feed and webhooks show it. Never holds a token. The API adds what depends on the
 * moment: whether our copy is stale, and where the consent for its action begins.
 */
export function integrationJson(integration: Integration) {
  const { sync, lastErrorCode, lastErrorMessage } = integration
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
    action: actionFor(integration),
    subscriptionExpiresAt: text(integration.subscriptionExpiresAt),
    lastSyncedAt: text(sync.lastSyncedAt),
    sync: syncJson(integration),
    lastError: lastErrorCode === null ? null : { code: lastErrorCode, message: lastErrorMessage },
    createdAt: integration.createdAt.toISOString(),
    updatedAt: integration.updatedAt.toISOString(),
  }
}

function syncJson(integration: Integration) {
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

/**
 * What the log keeps of a calendar with the entries of a change.
 * @param at when it is written
 */
export function tellIntegration({ next }: { next: Integration }, at: Date): Told {
  const snapshot = JSON.stringify(integrationJson({ ...next, updatedAt: at }))
  return { snapshot, ownerId: next.userId, readers: null, gone: null }
}

function text(time: Date | null): string | null {
  return time?.toISOString() ?? null
}
