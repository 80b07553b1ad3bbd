import { dangerBefore } from '@seer/core/recordings/custody/artifact-store'
import type { Registry } from 'prom-client'
import type { ApiDeps } from '../../dependencies.ts'
import { summaryGauges } from './summary-gauges.ts'

/** The files that must still be copied from the vendor, and how long there is for that. */
export function countRecordings(registry: Registry, { db, now, log }: Pick<ApiDeps, 'db' | 'now' | 'log'>): void {
  const { gauge } = summaryGauges(registry, log, 'metrics.recordings_not_counted', () =>
    db.artifacts.summarise(dangerBefore(now())),
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
}
