import { type Integration, isConnected } from '../integration.ts'

/**
 * The state of our copy of a calendar:
 * - never: it has not been read yet.
 * - pending: it should be read now.
 * - failing: the last read failed.
 * - stopped: it is not read any more, because its user must grant access again or it could not be connected.
 */
export const syncStandings = ['never', 'pending', 'ok', 'failing', 'stopped'] as const
export type SyncStanding = (typeof syncStandings)[number]

/** How the syncs of a calendar go, in one word. */
export function syncStandingOf({ status, sync }: Pick<Integration, 'status' | 'sync'>): SyncStanding {
  if (!isConnected(status)) return status === 'connecting' ? 'never' : 'stopped'
  if (sync.requested > sync.served) return 'pending'
  if (sync.failures > 0) return 'failing'
  return sync.lastSyncedAt === null ? 'never' : 'ok'
}

/** A calendar may miss one sync, or even two. After three, something is wrong. */
const stalePeriods = 3

/**
 * Copies older than this are stale.
 * @param syncEveryMs time between two syncs of a calendar
 */
export function staleBefore(now: Date, syncEveryMs: number): Date {
  return new Date(now.getTime() - stalePeriods * syncEveryMs)
}

/** Whether a calendar has not been read for too long. */
export function isStale(integration: Integration, now: Date, syncEveryMs: number): boolean {
  const readAt = integration.sync.lastSyncedAt ?? integration.createdAt
  return isConnected(integration.status) && readAt < staleBefore(now, syncEveryMs)
}
