import type { KeepJobs, Processor, Queue, Worker, WorkerOptions } from 'bullmq'

/** BullMQ's own options for a worker, without those that the backend decides. */
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>

/** What differs between BullMQ on Redis and BullMQ on PostgreSQL. Nothing outside this folder sees it. */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres'
  /**
   * How long jobs that succeeded are kept: to see what happened lately, and to recognise a repeated `once` key. Ages are
   * seconds, as BullMQ counts.
   */
  readonly keepCompleted: KeepJobs
  /**
   * Runs one call for a producer, with a time limit, so that no API request hangs on a silent store.
   * @throws RetryableError SERVICE_UNAVAILABLE when the store cannot be reached or does not answer in time.
   */
  call<T>(work: () => Promise<T>): Promise<T>
  /** Like `call`, but what several processes run through it at the same time is run one after the other where it matters. */
  callAlone<T>(work: () => Promise<T>): Promise<T>
  /** Asks the store for a sign of life; same errors as `call`. */
  ping(): Promise<void>
  openQueue(name: string): Queue
  /** Workers wait for a store that is down, however long. The worker does not run yet; call its `run`. */
  openWorker(name: string, processor: Processor, settings: WorkerSettings): Worker
  /** Closes all connections, also those of workers that could not be closed in time, within the time limit of a call. */
  close(): Promise<void>
}

/** The longest an API request may wait for the queue. */
export const defaultCallTimeoutMs = 2_000
