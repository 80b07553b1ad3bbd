import { type Changed, changeRow, type Decision, type VerdictOf } from '../../basics/change-row.ts'
import type { Clock } from '../../basics/clock.ts'
import { startConsequences } from '../../jobs/consequences.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { Cause } from '../../log/entry.ts'
import type { IntegrationChange, IntegrationStore } from '../calendar-store.ts'
import { consequencesOf } from '../consequences.ts'
import type { Integration } from '../integration.ts'

/** How a connection changes. */
export type IntegrationDecision = Omit<IntegrationChange, 'before' | 'cause'> & { verdict?: unknown }

type WakeDeps = { queue: Pick<JobQueue, 'wake'>; now: Clock }
export type ChangeDeps = WakeDeps & { integrations: Pick<IntegrationStore, 'find' | 'saveChange'> }

/**
 * Changes a connection as `decide` says (see `changeRow`), and starts what follows (see `consequencesOf`).
 * @returns null when there is no such connection
 * @throws RetryableError SERVICE_UNAVAILABLE when somebody else kept changing it
 */
export async function changeIntegration<D extends Decision<IntegrationDecision>>(
  { integrations, queue, now }: ChangeDeps,
  integrationId: string,
  cause: Cause,
  decide: (before: Integration) => D | Promise<D>,
): Promise<Changed<Integration, VerdictOf<D>> | null> {
  return await changeRow<Integration, IntegrationDecision, D, never>({
    name: `Calendar ${integrationId}`,
    load: () => integrations.find(integrationId),
    decide,
    save: async (before, change) => {
      const isSaved = await integrations.saveChange({ before, cause, ...change })
      const news = { kind: 'connection' as const, before, next: change.next }
      if (isSaved) await startConsequences(queue, consequencesOf(news, now()))
      return isSaved
    },
  })
}

/**
 * Deletes the row of a connection with its events, and starts what follows.
 * @returns false when the connection has changed since it was read; then nothing was deleted
 */
export async function removeIntegration(
  { integrations, queue, now }: WakeDeps & { integrations: Pick<IntegrationStore, 'remove'> },
  before: Integration,
): Promise<boolean> {
  const isRemoved = await integrations.remove(before)
  if (isRemoved) await startConsequences(queue, consequencesOf({ kind: 'connection', before, next: null }, now()))
  return isRemoved
}
