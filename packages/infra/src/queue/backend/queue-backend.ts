import type { KeepJobs, Processor, Queue, Worker, WorkerOptions } from 'bullmq'
import type { HintChannel } from './hint-channel.ts'

/** BullMQ's options for a worker, without those that the backend decides. */
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix'>

/** The differences between BullMQ on Redis and BullMQ on PostgreSQL. Only this folder knows them. */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgres'
  /**
   * How long successful jobs are kept, to see what happened lately and to recognise a repeated `once` key. Ages are in
   * seconds, as BullMQ counts.
   */
  readonly keepCompleted: KeepJobs
  /**
   * Runs one call for a producer, with a time limit, so that no API request hangs when the store does not answer.
   * @throws RetryableError SERVICE_UNAVAILABLE when the store cannot be reached or does not answer in time
   */
  call<T>(work: () => Promise<T>): Promise<T>
  /** Like `call`. Where the backend needs it, calls of several processes run one after the other. */
  callAlone<T>(work: () => Promise<T>): Promise<T>
  /** Asks the store for a sign of life. Throws what `call` throws. */
  ping(): Promise<void>
  readonly hints: HintChannel
  openQueue(name: string): Queue
  /** Opens a worker that waits as long as its store is down. It does not run before its `run` is called. */
  openWorker(name: string, processor: Processor, settings: WorkerSettings): Worker
  /** Closes all connections within the time limit of a call, also those of workers that could not be closed in time. */
  close(): Promise<void>
}

/** How long an API request may wait for the queue. */
export const defaultCallTimeoutMs = 2_000
