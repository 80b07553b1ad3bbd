import { RetryableError } from '../../basics/errors.ts'
import type { CalendarStore } from '../calendar-store.ts'
import type { CalendarIntegration, IntegrationCause, NewIntegrationEntry } from '../integration.ts'

const tries = 20

export type IntegrationDecision = { next: CalendarIntegration; entries: NewIntegrationEntry[] }

/**
 * Loads a connection, decides, and writes the decision unless the connection changed meanwhile; then decides again.
 * `decide` answers null to leave it as it is.
 * @returns the connection as it stands afterwards; null when there is none
 * @throws RetryableError SERVICE_UNAVAILABLE when others kept changing it
 */
export async function changeIntegration(
  calendars: Pick<CalendarStore, 'find' | 'saveChange'>,
  integrationId: string,
  cause: IntegrationCause,
  decide: (integration: CalendarIntegration) => IntegrationDecision | null,
): Promise<CalendarIntegration | null> {
  for (let i = 0; i < tries; i++) {
    const before = await calendars.find(integrationId)
    if (!before) return null
    const decision = decide(before)
    if (!decision) return before
    if (await calendars.saveChange({ before, cause, ...decision })) return afterWrite(before, decision)
  }
  throw new RetryableError('SERVICE_UNAVAILABLE', {
    detail: `Calendar ${integrationId} changed too often to be written.`,
  })
}

function afterWrite(before: CalendarIntegration, { next, entries }: IntegrationDecision): CalendarIntegration {
  return { ...next, version: before.version + 1, lastSeq: before.lastSeq + entries.length }
}
