import { staleBefore } from '@seer/core/calendars/sync/sync-standing'
import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { summaryGauges } from './summary-gauges.ts'

type Deps = Pick<ApiDeps, 'db' | 'now' | 'log' | 'options'>

/** How many calendars there are, and how fresh their events are. */
export function countCalendars(registry: Registry, deps: Deps): void {
  const { db, now, log, options } = deps
  const { summarise, gauge } = summaryGauges(registry, log, 'metrics.calendars_not_counted', () =>
    db.integrations.summarise(staleBefore(now(), options.syncEveryMs)),
  )
  new Gauge({
    name: 'seer_calendars',
    help: 'Calendars by provider and status. revoked, permission_denied, failed: their users must do something.',
    labelNames: ['provider', 'status'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { count, ...labels } of (await summarise())?.byStatus ?? []) this.set(labels, count)
    },
  })
  gauge(
    'seer_calendars_stale',
    'Connected calendars whose events have not been read for three sync periods.',
    ({ stale }) => stale,
  )
  gauge(
    'seer_calendar_oldest_sync_age_seconds',
    'How long ago the connected calendar that was read longest ago was read. Missing when no calendar is connected.',
    ({ oldestSyncedAt: oldest }) => oldest && (now().getTime() - oldest.getTime()) / 1_000,
  )
}
