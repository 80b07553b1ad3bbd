import type { JobName, JobPayload } from './catalog.ts'
import type { OwedJob } from './owed-job.ts'
import type { Urgency } from './urgency.ts'

export type EnqueueOptions = {
  delayMs?: number
  /** The urgency; without it that of the contract. */
  urgency?: Urgency
}

export type EnqueueManyOptions<Payload> = {
  /** As in `EnqueueOptions`, the same for all jobs or one for each. */
  urgency?: Urgency | ((payload: Payload, index: number) => Urgency | undefined)
}

/** The courier. If it loses everything, nothing is lost, because the sweeps find in Postgres what is due. */
export interface JobQueue {
  /**
   * Adds one job. If a job of its key waits already (`JobContract.latest`), that job is drawn forward when the new one
   * is more urgent. With `urgency.now` or less it does not wait for its next attempt any longer, either.
   * @throws RetryableError SERVICE_UNAVAILABLE when the queue's store cannot be reached within its time limit
   */
  enqueue<Name extends JobName>(name: Name, payload: JobPayload<Name>, options?: EnqueueOptions): Promise<void>
  /**
   * Adds many jobs of one kind in one round trip. Draws jobs forward only for `urgency.now` or less. Throws like
   * `enqueue`.
   */
  enqueueMany<Name extends JobName>(
    name: Name,
    payloads: JobPayload<Name>[],
    options?: EnqueueManyOptions<JobPayload<Name>>,
  ): Promise<void>
  /**
   * Starts what rows owe, like `enqueue`. Never throws. The rows are committed, so a job that cannot be enqueued is
   * logged, and the sweep starts it when the queue is back.
   */
  wake(jobs: readonly OwedJob[]): Promise<void>
}
