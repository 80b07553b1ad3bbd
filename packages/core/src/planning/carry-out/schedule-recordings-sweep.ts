import { batchesOf } from '../../basics/in-batches.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { urgency } from '../../jobs/urgency.ts'
import { renewKeys } from '../keys/renew-keys.ts'
import type { SchedulingStore } from '../scheduling-store.ts'

type Deps = Parameters<typeof renewKeys>[0] & {
  scheduling: Pick<SchedulingStore, 'listUsers'>
  queue: Pick<JobQueue, 'enqueueMany' | 'wake'>
}
type Context = { signal: AbortSignal; progress: (progress: { users: number }) => void }

const batchSize = 1_000

/** Has the recordings of every user with a calendar decided on anew: time passes, and what was missed is made up for. */
export async function scheduleRecordingsSweep(deps: Deps, { signal, progress }: Context) {
  const { scheduling, queue } = deps
  await renewKeys(deps, signal)
  let users = 0
  const load = (afterId: string | null) => scheduling.listUsers(afterId, batchSize)
  for await (const ids of batchesOf(load, { size: batchSize, signal })) {
    const payloads = ids.map((userId) => ({ userId }))
    if (ids.length > 0) await queue.enqueueMany('schedule-recordings', payloads, { urgency: urgency.routine })
    users += ids.length
    progress({ users })
  }
  return { users }
}
