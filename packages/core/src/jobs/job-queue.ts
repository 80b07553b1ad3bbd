import type { JobName, JobPayload } from './catalog.ts'

/** The courier. Losing everything in it loses nothing: the sweeps find in Postgres what is due. */
export interface JobQueue {
  /**
   * Adds one job.
   * @throws RetryableError SERVICE_UNAVAILABLE when the queue's store cannot be reached within its time limit.
   */
  enqueue<Name extends JobName>(name: Name, payload: JobPayload<Name>, options?: { delayMs?: number }): Promise<void>
  /** Adds many jobs of one kind in one round trip; same errors as `enqueue`. */
  enqueueMany<Name extends JobName>(name: Name, payloads: JobPayload<Name>[]): Promise<void>
}
