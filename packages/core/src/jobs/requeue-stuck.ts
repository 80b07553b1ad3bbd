import type { Clock } from '../basics/clock.ts'
import { groupBy } from '../basics/group-by.ts'
import type { JobQueue } from './job-queue.ts'
import type { DueSource, OwedJob } from './owed-job.ts'

type Deps<Name extends string> = {
  sources: Readonly<Record<Name, DueSource>>
  queue: Pick<JobQueue, 'enqueueMany'>
  now: Clock
}

const batchSize = 500
const batchesAtMost = 20

/**
 * Enqueues what is due: jobs that the queue lost, jobs that gave up for the moment, and jobs that are owed at a later
 * time.
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
    await enqueueAll(queue, claimed.jobs)
    rows += claimed.rows
    if (!claimed.more) break
  }
  return rows
}

/**
 * Enqueues jobs of one name in one round trip. Unlike `wake` it throws, so that the run fails and somebody looks at it.
 */
async function enqueueAll(queue: Pick<JobQueue, 'enqueueMany'>, jobs: readonly OwedJob[]): Promise<void> {
  for (const [name, these] of groupBy(jobs, ({ name }) => name)) {
    const payloads = these.map(({ payload }) => payload as never)
    await queue.enqueueMany(name, payloads, { urgency: (_, i) => these[i]?.urgency })
  }
}
