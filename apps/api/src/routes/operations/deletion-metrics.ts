import type { Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { summaryGauges } from './summary-gauges.ts'

/** The bots whose data are still to be deleted, and for how long that is asked for. */
export function countDeletions(registry: Registry, { db, now, log }: Pick<ApiDeps, 'db' | 'now' | 'log'>): void {
  const { gauge } = summaryGauges(registry, log, 'metrics.deletions_not_counted', () =>
    db.retention.summariseDeletions(),
  )
  gauge('seer_deletions_open', 'Bots whose data are still to be deleted.', ({ open }) => open)
  gauge(
    'seer_deletions_oldest_seconds',
    'For how long the first of them is asked for. Missing when there is none.',
    ({ oldest }) => oldest && (now().getTime() - oldest.getTime()) / 1_000,
  )
}
