import type { JobName, JobPayload } from './catalog.ts'
import type { OwedJob } from './owed-job.ts'
import type { Urgency } from './urgency.ts'

export type EnqueueOptions = {
  delayMs?: number
  /** Where it stands in its line; without it that of its contract. */
  urgency?: Urgency
}

export type EnqueueManyOptions<Payload> = {
  /** As in `EnqueueOptions`, for all of them or for each. */
  urgency?: Urgency | ((payload: Payload, index: number) => Urgency | undefined)
}

/** The courier. Losing everything in it loses nothing: the sweeps find in Postgres what is due. */
export interface JobQueue {
  /**
   * Adds one job. Where one of its key waits already (`JobContract.latest`), that one is drawn forward, should this one be
   * more urgent; and for `urgency.now` or less it waits no longer for its next attempt.
   * @throws RetryableError SERVICE_UNAVAILABLE when the queue's store cannot be reached within its time limit.
   */
  enqueue<Name extends JobName>(name: Name, payload: JobPayload<Name>, options?: EnqueueOptions): Promise<void>
  /** Adds many jobs of one kind in one round trip; same errors as `enqueue`. Only for `urgency.now` or less it draws forward. */
  enqueueMany<Name extends JobName>(
    name: Name,
    payloads: JobPayload<Name>[],
    options?: EnqueueManyOptions<JobPayload<Name>>,
  ): Promise<void>
  /**
   * Starts what rows owe, in the manner of `enqueue`. Never throws: the rows are committed, so what cannot be enqueued is
   * logged, and the sweep starts it when the queue is back.
   */
  wake(jobs: readonly OwedJob[]): Promise<void>
}
