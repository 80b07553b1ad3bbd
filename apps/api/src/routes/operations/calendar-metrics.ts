import { staleBefore } from '@seer/core/calendars/sync/sync-standing'
import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { shared } from './health-checks.ts'

type Deps = Pick<ApiDeps, 'db' | 'now' | 'log' | 'options'>

/** How many calendars there are, and how fresh their events are. Counted in the database, once per scrape. */
export function countCalendars(registry: Registry, deps: Deps): void {
  const { db, now, log } = deps
  const summarise = shared(() =>
    db.integrations.summarise(staleBefore(deps.now(), deps.options.syncEveryMs)).catch((error: unknown) => {
      // A database that is down must not hide the other figures; these are missing then.
      log.warn({ err: error }, 'metrics.calendars_not_counted')
      return null
    }),
  )
  const registers = [registry]
  new Gauge({
    name: 'seer_calendars',
    help: 'Calendars by provider and status. revoked, permission_denied, failed: their users must do something.',
    labelNames: ['provider', 'status'],
    registers,
    async collect() {
      this.reset()
      for (const { count, ...labels } of (await summarise())?.byStatus ?? []) this.set(labels, count)
    },
  })
  new Gauge({
    name: 'seer_calendars_stale',
    help: 'Connected calendars whose events have not been read for three sync periods.',
    registers,
    async collect() {
      this.remove()
      const summary = await summarise()
      if (summary) this.set(summary.stale)
    },
  })
  new Gauge({
    name: 'seer_calendar_oldest_sync_age_seconds',
    help: 'How long ago the connected calendar that was read longest ago was read. Missing when no calendar is connected.',
    registers,
    async collect() {
      this.remove()
      const oldest = (await summarise())?.oldestSyncedAt
      if (oldest) this.set((now().getTime() - oldest.getTime()) / 1_000)
    },
  })
}
