import type { DeletionSummary } from '@seer/core/erasure/retention'
import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { shared } from './health-checks.ts'

/** The bots whose data are still to be deleted, and for how long that is asked for. Counted once per scrape. */
export function countDeletions(registry: Registry, { db, now, log }: Pick<ApiDeps, 'db' | 'now' | 'log'>): void {
  const summarise = shared(() =>
    db.retention.summariseDeletions().catch((error: unknown) => {
      // A database that is down must not hide the other figures; these are missing then.
      log.warn({ err: error }, 'metrics.deletions_not_counted')
      return null
    }),
  )
  gauge('seer_deletions_open', 'Bots whose data are still to be deleted.', ({ open }) => open)
  gauge(
    'seer_deletions_oldest_seconds',
    'For how long the first of them is asked for. Missing when there is none.',
    ({ oldest }) => oldest && (now().getTime() - oldest.getTime()) / 1_000,
  )

  function gauge(name: string, help: string, figure: (summary: DeletionSummary) => number | null): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.remove()
        const summary = await summarise()
        const value = summary && figure(summary)
        if (value !== null) this.set(value)
      },
    })
  }
}
