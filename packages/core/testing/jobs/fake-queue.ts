import { RetryableError } from '../../src/basics/errors.ts'
import type { OwedJob } from '../../src/jobs/owed-job.ts'

type FakeJob<Payload> = { name: string; payload: Payload }

/**
 * Takes every job and remembers it; `state.isDown` makes it refuse like a queue whose store is gone. What `wake` could not
 * enqueue then is in `leftToSweep`.
 */
export function fakeQueue<Payload extends object = Record<string, unknown>>() {
  const jobs: FakeJob<Payload>[] = []
  const leftToSweep: FakeJob<Payload>[] = []
  const state = { isDown: false }
  const copyOf = (name: string, payload: object) => ({ name, payload: { ...payload } as Payload })

  async function enqueueMany(name: string, payloads: readonly object[]): Promise<void> {
    if (state.isDown) throw new RetryableError('SERVICE_UNAVAILABLE', { detail: 'The queue is down.' })
    jobs.push(...payloads.map((payload) => copyOf(name, payload)))
  }

  return {
    jobs,
    leftToSweep,
    state,
    enqueue: (name: string, payload: object): Promise<void> => enqueueMany(name, [payload]),
    enqueueMany,
    async wake(owed: readonly OwedJob[]): Promise<void> {
      const taken = state.isDown ? leftToSweep : jobs
      taken.push(...owed.map(({ name, payload }) => copyOf(name, payload)))
    },
  }
}
