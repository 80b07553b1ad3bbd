import type { Clock } from '../basics/clock.ts'
import type { JobQueue } from './job-queue.ts'
import { type DueSource, enqueueOwed } from './owed-job.ts'

type Deps<Name extends string> = {
  sources: Readonly<Record<Name, DueSource>>
  queue: Pick<JobQueue, 'enqueueMany'>
  now: Clock
}

const batchSize = 500
const batchesAtMost = 20

/**
 * Enqueues again what is due: jobs that the queue lost, that gave up for now, or that are owed at a later time.
 * @returns how many rows of each source were due
 */
export async function requeueStuck<Name extends string>(deps: Deps<Name>): Promise<Record<Name, number>> {
  const rows = {} as Record<Name, number>
  for (const name of Object.keys(deps.sources) as Name[]) rows[name] = await requeueAll(deps, deps.sources[name])
  return rows
}

async function requeueAll({ queue, now }: Omit<Deps<string>, 'sources'>, source: DueSource): Promise<number> {
  let rows = 0
  for (let i = 0; i < batchesAtMost; i++) {
    const claimed = await source.claimDue(now(), batchSize)
    await enqueueOwed(queue, claimed.jobs)
    rows += claimed.rows
    if (!claimed.more) break
  }
  return rows
}
