import { type CustodySummary, dangerBefore } from '@seer/core/recordings/custody/artifact-store'
import { Gauge, type Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { shared } from './health-checks.ts'

type Deps = Pick<ApiDeps, 'db' | 'now' | 'log'>

/** The files that must still be copied from the vendor, and how long there is for that. Counted once per scrape. */
export function countRecordings(registry: Registry, { db, now, log }: Deps): void {
  const summarise = shared(() =>
    db.artifacts.summarise(dangerBefore(now())).catch((error: unknown) => {
      // A database that is down must not hide the other figures; these are missing then.
      log.warn({ err: error }, 'metrics.recordings_not_counted')
      return null
    }),
  )
  gauge('seer_recordings_open', 'Files that are not copied from Meeting BaaS yet.', ({ open }) => open)
  gauge(
    'seer_recordings_in_danger',
    'Those of them that Meeting BaaS deletes within a day.',
    ({ inDanger }) => inDanger,
  )
  gauge(
    'seer_recordings_first_deadline_seconds',
    'Time until Meeting BaaS deletes the first file that is not copied yet. Missing when there is none.',
    ({ firstDeadline }) => firstDeadline && (firstDeadline.getTime() - now().getTime()) / 1_000,
  )
  gauge('seer_recordings_expired', 'Files that Meeting BaaS deleted before they were copied.', ({ expired }) => expired)

  function gauge(name: string, help: string, figure: (summary: CustodySummary) => number | null): void {
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
