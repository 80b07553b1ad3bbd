import type { z } from 'zod'

export const queueNames = ['webhooks', 'bots', 'calendars', 'scheduling', 'sweeps'] as const
export type QueueName = (typeof queueNames)[number]

/** How a failed job is tried again: exponential backoff with jitter, bounded. */
export type RetryPolicy = {
  /** Runs in all, the first included. */
  attempts: number
  firstDelayMs: number
  maxDelayMs: number
}

/**
 * The contract of a job: its name, where it queues, what it carries and how long and how often it may be tried.
 * A payload carries ids and counters only; the facts stand in the row. Only optional fields may be added to a payload
 * (jobs of yesterday are still queued), and a job is never renamed.
 */
export type JobContract<Name extends string = string, Schema extends z.ZodType = z.ZodType> = {
  name: Name
  queue: QueueName
  payload: Schema
  retry: RetryPolicy
  timeoutMs: number
  /** Jobs with the same key are one job: an enqueue is ignored while a job of that key is kept by the queue. */
  once?: (payload: z.output<Schema>) => string
  /** Of the jobs with the same key one runs and at most one more waits; further enqueues join the one that waits. */
  latest?: (payload: z.output<Schema>) => string
  /** Set for repeatable work: exactly one tick per period, however many workers run. */
  everyMs?: number
}

/** Declares a job; see docs/playbooks/add-a-job.md. */
export function defineJob<Name extends string, Schema extends z.ZodType>(
  contract: JobContract<Name, Schema>,
): JobContract<Name, Schema> {
  return contract
}
