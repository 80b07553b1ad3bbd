import type { DueSource } from '../../jobs/owed-job.ts'
import type { CalendarStore } from '../calendar-store.ts'

const againAfterMs = 120_000

/** Calendars that are not yet connected, or not yet disconnected. */
export function dueIntegrations(calendars: Pick<CalendarStore, 'claimDue'>): DueSource {
  return {
    async claimDue(now, limit) {
      const claimed = await calendars.claimDue(now, new Date(now.getTime() + againAfterMs), limit)
      const jobs = claimed.map(({ id: integrationId, round, status }) => {
        const name = status === 'disconnecting' ? ('disconnect-calendar' as const) : ('connect-calendar' as const)
        return { name, payload: { integrationId, round } }
      })
      return { rows: claimed.length, jobs, more: claimed.length === limit }
    },
  }
}
