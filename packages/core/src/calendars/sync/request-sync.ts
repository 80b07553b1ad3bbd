import type { Clock } from '../../basics/clock.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { IntegrationStore } from '../calendar-store.ts'
import { consequencesOf } from '../consequences.ts'
import { type Integration, isConnected } from '../integration.ts'

type Deps = {
  integrations: Pick<IntegrationStore, 'list' | 'findForUser' | 'requestSync'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
  /** Resolves after that many milliseconds, or earlier when the caller has gone. */
  pause: (ms: number) => Promise<void>
}

/** The caller's calendars now. `isDone`: each of them has been read since the request. */
export type RequestSyncOutcome = { isDone: boolean; integrations: Integration[] }

/** How often to look. Most syncs take only a moment; longer ones are looked at less and less often. */
const firstPollMs = 100
const pollAtLeastEveryMs = 1_000

/**
 * Makes the calendars of a user be read now, and waits for that at most `waitMs`. Calendars without access cannot be
 * read. They are in the answer, but nobody waits for them.
 * @param only restricts it to one calendar, by our id or the vendor's
 * @param signal ends the waiting
 */
export async function requestSync(
  deps: Deps,
  { userId, only, waitMs, signal }: { userId: string; only?: string; waitMs: number; signal?: AbortSignal },
): Promise<RequestSyncOutcome | null> {
  const mine = await load(deps, userId, only)
  if (only !== undefined && mine.length === 0) return null
  const ids = mine.filter(({ status }) => isConnected(status)).map(({ id }) => id)
  const numbers = new Map(
    (await deps.integrations.requestSync(ids, deps.now())).map(({ integrationId, requested }) => [
      integrationId,
      requested,
    ]),
  )
  await deps.queue.wake(
    ids.flatMap((integrationId) => consequencesOf({ kind: 'asked_for', integrationId }, deps.now()).jobs),
  )
  // A calendar without access, even if it lost it meanwhile, is not read, so waiting would be in vain.
  const isServed = ({ id, status, sync }: Integration) => !isConnected(status) || sync.served >= (numbers.get(id) ?? 0)
  let integrations = ids.length === 0 ? mine : await load(deps, userId, only)
  let pauseMs = firstPollMs
  for (let waitedMs = 0; !integrations.every(isServed); waitedMs += pauseMs) {
    if (waitedMs >= waitMs || signal?.aborted) return { isDone: false, integrations }
    pauseMs = Math.min(pauseMs * 1.5, pollAtLeastEveryMs, waitMs - waitedMs)
    await deps.pause(pauseMs)
    integrations = await load(deps, userId, only)
  }
  return { isDone: true, integrations }
}

async function load({ integrations }: Deps, userId: string, only?: string): Promise<Integration[]> {
  if (only === undefined) return await integrations.list(userId)
  const found = await integrations.findForUser(userId, only)
  return found && found.status !== 'disconnecting' ? [found] : []
}
