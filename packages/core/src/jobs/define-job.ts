import type { z } from 'zod'
import type { Urgency } from './urgency.ts'

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
  /**
   * Of the jobs with the same key one runs and at most one more waits; further enqueues join the one that waits, be it for
   * its turn or for its next attempt. So a sweep may enqueue what is owed as often as it likes: the line grows no longer.
   */
  latest?: (payload: z.output<Schema>) => string
  /**
   * Where it stands in the line of its queue, unless whoever enqueues it says otherwise. Without one it goes before all
   * that have one, so within a queue either all have one or none does.
   */
  urgency?: Urgency
  /** Set for repeatable work: exactly one tick per period, however many workers run. */
  everyMs?: number
}

/** Declares a job; see docs/playbooks/add-a-job.md. */
export function defineJob<Name extends string, Schema extends z.ZodType>(
  contract: JobContract<Name, Schema>,
): JobContract<Name, Schema> {
  return contract
}
