import { type Changed, changeRow, type Decision, type VerdictOf } from '../../basics/change-row.ts'
import type { CalendarStore, IntegrationChange } from '../calendar-store.ts'
import type { CalendarIntegration, IntegrationCause } from '../integration.ts'

/** What becomes of a connection. */
export type IntegrationDecision = Omit<IntegrationChange, 'before' | 'cause'> & { verdict?: unknown }

/**
 * Changes a connection by what `decide` says of it as it is when that is written: see `changeRow`.
 * @returns null when there is no such connection
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing it
 */
export async function changeIntegration<D extends Decision<IntegrationDecision>>(
  calendars: Pick<CalendarStore, 'find' | 'saveChange'>,
  integrationId: string,
  cause: IntegrationCause,
  decide: (before: CalendarIntegration) => D | Promise<D>,
): Promise<Changed<CalendarIntegration, VerdictOf<D>> | null> {
  return await changeRow<CalendarIntegration, IntegrationDecision, D, never>({
    name: `Calendar ${integrationId}`,
    load: () => calendars.find(integrationId),
    decide,
    save: (before, change) => calendars.saveChange({ before, cause, ...change }),
  })
}
