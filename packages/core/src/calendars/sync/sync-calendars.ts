import type { Clock } from '../../basics/clock.ts'
import { batchesOf } from '../../basics/in-batches.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgency } from '../../jobs/urgency.ts'
import type { IntegrationStore } from '../calendar-store.ts'

type Deps = {
  integrations: Pick<IntegrationStore, 'claimDueSyncs'>
  queue: Pick<JobQueue, 'enqueueMany'>
  now: Clock
  syncEveryMs: number
}

type Context = { signal: AbortSignal; progress: (progress: { enqueued: number }) => void }

const batchSize = 1_000

/** Starts one sync job for every due calendar, the longest due first. */
export async function syncCalendars(
  { integrations, queue, now, syncEveryMs }: Deps,
  { signal, progress }: Context,
): Promise<{ enqueued: number }> {
  const startedAt = now()
  // If a job is lost, the calendar is due again at the next tick.
  const nextSyncAt = new Date(startedAt.getTime() + soonestAgainMs(syncEveryMs))
  let enqueued = 0
  const claim = () => integrations.claimDueSyncs(startedAt, nextSyncAt, batchSize)
  for await (const ids of batchesOf(claim, { size: batchSize, signal })) {
    const payloads = ids.map((integrationId) => ({ integrationId }))
    if (ids.length > 0) await queue.enqueueMany('sync-calendar', payloads, { urgency: urgency.routine })
    enqueued += ids.length
    progress({ enqueued })
  }
  return { enqueued }
}

/** How soon a calendar may be due again after a read: before the next tick, but not at the same tick. */
export const soonestAgainMs = (syncEveryMs: number): number => syncEveryMs / 10
