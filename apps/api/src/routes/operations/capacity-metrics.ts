import type { DayCounts } from '@seer/core/planning/day-limit/capacity-store'
import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { shared } from './health-checks.ts'

type Deps = Pick<ApiDeps, 'db' | 'now' | 'log' | 'vendor'>

/** How many bots there are compared with the daily limit of the vendor's plan. Counted in the database, once per scrape. */
export function countCapacity(registry: Registry, { db, now, log, vendor: { botsPerDay } }: Deps): void {
  const count = shared(() =>
    db.capacity.count(now()).catch((error: unknown) => {
      // A database that is down must not hide the other figures; these are missing then.
      log.warn({ err: error }, 'metrics.capacity_not_counted')
      return null
    }),
  )
  if (botsPerDay !== null) {
    const help =
      'Bots that the Meeting BaaS plan allows in any 24 hours. Missing when MEETINGBAAS_DAILY_BOT_CAP is not set.'
    new Gauge({ name: 'seer_bots_per_day_limit', help, registers: [registry] }).set(botsPerDay)
  }
  gauge('seer_bots_last_24_hours', 'Bots that joined, or should have joined, within the last 24 hours.', 'last24Hours')
  gauge('seer_bots_next_24_hours', 'Bots that are booked to join within the next 24 hours.', 'next24Hours')
  gauge('seer_events_over_capacity', 'Coming events that are not recorded because their day is full.', 'waiting')

  function gauge(name: string, help: string, figure: keyof DayCounts): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.remove()
        const counts = await count()
        if (counts) this.set(counts[figure])
      },
    })
  }
}
