import type {
  CalendarEventStore,
  CalendarSummary,
  IntegrationStore,
  SyncEnd,
  SyncFailure,
} from '../../src/calendars/calendar-store.ts'
import type { OauthFlowStore } from '../../src/calendars/connection/consent/oauth.ts'
import {
  type Integration,
  isConnected,
  type SyncCounts,
  type SyncResult,
  type SyncState,
} from '../../src/calendars/integration.ts'
import { memoryLog } from '../log/memory-log.ts'
import { type CalendarTables, memoryEventStore } from './memory-calendar-store-events.ts'

export type MemoryCalendarStores = {
  integrations: IntegrationStore
  calendarEvents: CalendarEventStore
  oauthFlows: OauthFlowStore
  /** For other stores in memory. */
  tables: CalendarTables
}

/**
 * The stores of calendars without a database. They pass the same contract suite as those in Postgres.
 * @param now the database's clock
 */
export function memoryCalendarStores(now: () => Date = () => new Date()): MemoryCalendarStores {
  const tables: CalendarTables = { integrations: new Map(), events: new Map(), flows: new Map(), now }
  return {
    integrations: memoryCalendarStore(tables),
    calendarEvents: memoryEventStore(tables),
    oauthFlows: memoryOauthFlows(tables),
    tables,
  }
}

function memoryCalendarStore({ integrations, events, now }: CalendarTables): IntegrationStore {
  const log = memoryLog('integration', now)
  const all = () => [...integrations.values()]
  const copy = (found: Integration | undefined) => (found ? structuredClone(found) : null)
  const canSync = ({ status, calendarId }: Integration) => isConnected(status) && calendarId !== null

  function makeDue({ sync }: Integration, at: Date): void {
    if (sync.nextSyncAt && sync.nextSyncAt > at) sync.nextSyncAt = at
  }

  return {
    async add(added) {
      const isTaken = all().some(
        (one) =>
          one.id === added.id || isSameCalendar(one, added) || (one.calendarId && one.calendarId === added.calendarId),
      )
      if (!isTaken) integrations.set(added.id, structuredClone(added))
      return !isTaken
    },
    async find(integrationId) {
      return copy(integrations.get(integrationId))
    },
    async findExternal(userId, provider, externalCalendarId) {
      return copy(all().find((one) => isSameCalendar(one, { userId, provider, externalCalendarId })))
    },
    async findForUser(userId, id) {
      return copy(all().find((one) => one.userId === userId && (one.id === id || one.calendarId === id)))
    },
    async list(userId) {
      const found = all().filter((one) => one.userId === userId && one.status !== 'disconnecting')
      return structuredClone(found.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || byId(a, b)))
    },
    async isConnectedElsewhere(userId, provider, externalCalendarId) {
      return all().some(
        (one) =>
          one.userId !== userId &&
          (one.status !== 'failed' || one.calendarId !== null) &&
          isSameCalendar(one, { userId: one.userId, provider, externalCalendarId }),
      )
    },
    async hasOlderSetup({ id, provider, accountEmail }) {
      return all().some(
        (one) =>
          one.id < id &&
          one.provider === provider &&
          one.accountEmail === accountEmail &&
          one.status === 'connecting' &&
          one.calendarId === null &&
          one.connectAttempts > 0,
      )
    },
    async linkedAmong(calendarIds) {
      return new Set(
        all().flatMap(({ calendarId }) => (calendarId && calendarIds.includes(calendarId) ? calendarId : [])),
      )
    },
    async saveChange({ before, next, entries, cause }) {
      const stored = integrations.get(before.id)
      if (stored?.version !== before.version) return false
      const isTaken = all().some((one) => one.id !== next.id && one.calendarId && one.calendarId === next.calendarId)
      if (isTaken) throw new Error(`The calendar ${next.calendarId} belongs to another row.`)
      const { nextSyncAt } =
        next.sync.nextSyncAt?.getTime() === before.sync.nextSyncAt?.getTime() ? stored.sync : next.sync
      const changed = structuredClone({ ...next, sync: { ...stored.sync, nextSyncAt } })
      const lastSeq = before.lastSeq + entries.length
      integrations.set(before.id, { ...changed, lastSeq, version: before.version + 1, updatedAt: now() })
      log.append(
        before.id,
        entries.map((entry) => ({ ...entry, cause })),
      )
      return true
    },
    async remove(before) {
      if (integrations.get(before.id)?.version !== before.version) return false
      for (const { id, integrationId } of events.values()) if (integrationId === before.id) events.delete(id)
      log.remove(before.id)
      return integrations.delete(before.id)
    },
    async log(integrationId, afterSeq, limit) {
      return log.read(integrationId, afterSeq, limit)
    },
    async claimDue(at, nextDueAt, limit) {
      const due = all().filter(({ dueAt }) => dueAt && dueAt <= at)
      due.sort((a, b) => Number(a.dueAt) - Number(b.dueAt))
      return due.slice(0, limit).map((one) => {
        Object.assign(one, { dueAt: nextDueAt, round: one.round + 1, version: one.version + 1 })
        return structuredClone(one)
      })
    },
    async listToCheck(afterId, limit) {
      const found = all().filter(({ id, status }) => status !== 'disconnecting' && (afterId === null || id > afterId))
      return found
        .sort(byId)
        .flatMap(({ id, calendarId, status, subscriptionExpiresAt, checkedAt }) =>
          calendarId ? [{ id, calendarId, status, subscriptionExpiresAt, checkedAt }] : [],
        )
        .slice(0, limit)
    },
    async listSealedOtherwise(currentPrefix, afterId, limit) {
      const isOther = (token: string | null) => token !== null && !token.startsWith(currentPrefix)
      const found = all().filter((one) => isOther(one.refreshToken) || isOther(one.pendingRefreshToken))
      const behind = found.filter(({ id }) => afterId === null || id > afterId)
      return structuredClone(behind.sort(byId).slice(0, limit))
    },

    async claimDueSyncs(at, nextSyncAt, limit) {
      const due = all().filter((one) => canSync(one) && one.sync.nextSyncAt && one.sync.nextSyncAt <= at)
      due.sort((a, b) => Number(a.sync.nextSyncAt) - Number(b.sync.nextSyncAt))
      return due.slice(0, limit).map(({ id, sync }) => {
        sync.nextSyncAt = nextSyncAt
        return id
      })
    },
    async requestSync(integrationIds, at) {
      return all()
        .filter((one) => integrationIds.includes(one.id) && canSync(one))
        .map((one) => {
          makeDue(one, at)
          one.sync.requested += 1
          return { integrationId: one.id, requested: one.sync.requested }
        })
    },
    async beginSync(integrationId, at) {
      const integration = integrations.get(integrationId)
      if (!integration || !canSync(integration)) return null
      const due = [...events.values()].filter(
        (event) =>
          event.integrationId === integrationId && !event.removedAt && event.detailsDueAt && event.detailsDueAt <= at,
      )
      due.sort((a, b) => Number(a.detailsDueAt) - Number(b.detailsDueAt))
      return { integration: structuredClone(integration), dueEventIds: due.slice(0, 500).map(({ id }) => id) }
    },
    async forgetDigest({ integrationId, digestBefore, mark }) {
      const sync = integrations.get(integrationId)?.sync
      if (sync) sync.digest = sync.digest === digestBefore || sync.digest === mark ? mark : null
    },
    async finishSync(end) {
      const sync = integrations.get(end.integrationId)?.sync
      if (!sync) return
      const isHonest = sync.digest === end.digestBefore || sync.digest === end.digest
      Object.assign(sync, {
        ...servedBy(sync, end),
        lastSyncedAt: sync.lastSyncedAt && sync.lastSyncedAt > end.at ? sync.lastSyncedAt : end.at,
        lastResult: resultOf(sync, end),
        failures: 0,
        lastErrorCode: null,
        lastErrorMessage: null,
        lastErrorAt: null,
        digest: isHonest ? end.digest : null,
      })
    },
    async failSync(failure) {
      const sync = integrations.get(failure.integrationId)?.sync
      if (!sync) return
      const { code: lastErrorCode, message: lastErrorMessage, at: lastErrorAt } = failure
      const isServed = sync.requested <= Math.max(sync.served, failure.served)
      if (isServed) delete sync.lastResult?.carried
      const error = { lastErrorCode, lastErrorMessage, lastErrorAt, failures: sync.failures + 1, digest: null }
      Object.assign(sync, { ...servedBy(sync, failure), ...error })
    },
    async noteVendorChange(calendarId, eventIds, at) {
      const found = all().find((one) => one.calendarId === calendarId)
      if (!found || ['connecting', 'failed', 'disconnecting'].includes(found.status)) return null
      makeDue(found, at)
      for (const event of events.values()) {
        if (event.integrationId === found.id && eventIds.includes(event.id)) event.detailsDueAt = at
      }
      return found.id
    },
    async summarise(staleBefore) {
      const byStatus = new Map<string, CalendarSummary['byStatus'][number]>()
      for (const { provider, status } of all()) {
        const count = (byStatus.get(`${provider} ${status}`)?.count ?? 0) + 1
        byStatus.set(`${provider} ${status}`, { provider, status, count })
      }
      const times = all().flatMap((one) => (isConnected(one.status) ? (one.sync.lastSyncedAt ?? one.createdAt) : []))
      times.sort((a, b) => a.getTime() - b.getTime())
      return {
        byStatus: [...byStatus.values()],
        stale: times.filter((time) => time < staleBefore).length,
        oldestSyncedAt: times[0] ?? null,
      }
    },
  }
}

type ExternalCalendar = Pick<Integration, 'userId' | 'provider' | 'externalCalendarId'>

function isSameCalendar(a: ExternalCalendar, b: ExternalCalendar): boolean {
  return a.userId === b.userId && a.provider === b.provider && a.externalCalendarId === b.externalCalendarId
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)

/** A request that came after the sync began stays due; a calendar that lost access meanwhile stays switched off. */
function servedBy({ nextSyncAt, requested, served }: SyncState, end: SyncEnd | SyncFailure): Partial<SyncState> {
  const keeps = nextSyncAt === null || (requested > end.served && nextSyncAt < end.nextSyncAt)
  return { served: Math.max(served, end.served), nextSyncAt: keeps ? nextSyncAt : end.nextSyncAt }
}

function resultOf({ lastResult, requested, served }: SyncState, end: SyncEnd): SyncResult {
  const { counts } = end
  const total = lastResult?.carried ? added(lastResult.carried, counts) : { ...counts }
  if (requested <= Math.max(served, end.served)) return total
  return { ...total, carried: end.served > served ? { ...counts } : { ...total } }
}

/** What was carried is unchanged to the sync that followed, and not to both. */
function added(carried: SyncCounts, counts: SyncCounts): SyncCounts {
  return {
    created: carried.created + counts.created,
    updated: carried.updated + counts.updated,
    cancelled: carried.cancelled + counts.cancelled,
    unchanged: Math.max(0, counts.unchanged - carried.created - carried.updated),
    pages: carried.pages + counts.pages,
    detailReads: carried.detailReads + counts.detailReads,
  }
}

function memoryOauthFlows({ flows }: CalendarTables): OauthFlowStore {
  return {
    async add(flow) {
      flows.set(flow.stateHash, structuredClone(flow))
    },
    async take(stateHash, now) {
      const flow = flows.get(stateHash)
      flows.delete(stateHash)
      return flow && flow.expiresAt > now ? flow : null
    },
    async removeExpired(now, limit) {
      const expired = [...flows.values()].filter(({ expiresAt }) => expiresAt <= now).slice(0, limit)
      for (const { stateHash } of expired) flows.delete(stateHash)
      return expired.length
    },
  }
}
