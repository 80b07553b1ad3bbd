import type { DueSource } from '../../jobs/owed-job.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import { jobOf } from '../consequences.ts'

const againAfterMs = 120_000

/** Calendars whose connecting or disconnecting is not finished. */
export function dueIntegrations(integrations: Pick<IntegrationStore, 'claimDue'>): DueSource {
  return {
    async claimDue(now, limit) {
      const claimed = await integrations.claimDue(now, new Date(now.getTime() + againAfterMs), limit)
      return { rows: claimed.length, jobs: claimed.map(jobOf), more: claimed.length === limit }
    },
  }
}
