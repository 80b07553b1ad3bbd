import { type DueSource, dueSource } from '../../jobs/owed-job.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import { jobOf } from '../consequences.ts'

/** Calendars whose connecting or disconnecting is not finished. */
export function dueIntegrations(integrations: Pick<IntegrationStore, 'claimDue'>): DueSource {
  return dueSource(
    (now, next, limit) => integrations.claimDue(now, next, limit),
    (integration) => [jobOf(integration)],
  )
}
