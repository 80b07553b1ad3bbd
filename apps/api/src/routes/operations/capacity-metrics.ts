import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { summaryGauges } from './summary-gauges.ts'

type Deps = Pick<ApiDeps, 'db' | 'now' | 'log' | 'vendor'>

/** How many bots there are compared with the daily limit of the vendor's plan. */
export function countCapacity(registry: Registry, { db, now, log, vendor: { botsPerDay } }: Deps): void {
  const { gauge } = summaryGauges(registry, log, 'metrics.capacity_not_counted', () => db.capacity.count(now()))
  if (botsPerDay !== null) {
    const help =
      'Bots that the Meeting BaaS plan allows in any 24 hours. Missing when MEETINGBAAS_DAILY_BOT_CAP is not set.'
    new Gauge({ name: 'seer_bots_per_day_limit', help, registers: [registry] }).set(botsPerDay)
  }
  gauge(
    'seer_bots_last_24_hours',
    'Bots that joined, or should have joined, within the last 24 hours.',
    ({ last24Hours }) => last24Hours,
  )
  gauge(
    'seer_bots_next_24_hours',
    'Bots that are booked to join within the next 24 hours.',
    ({ next24Hours }) => next24Hours,
  )
  gauge(
    'seer_events_over_capacity',
    'Coming events that are not recorded because their day is full.',
    ({ waiting }) => waiting,
  )
}
