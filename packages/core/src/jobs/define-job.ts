import type { z } from 'zod'
import type { Urgency } from './urgency.ts'

/** The queues. docs/operations.md says which jobs are in which. */
export const queueNames = ['webhooks', 'bots', 'calendars', 'scheduling', 'recordings', 'deliveries', 'sweeps'] as const
export type QueueName = (typeof queueNames)[number]

/** How a failed job is tried again: exponential backoff with jitter and limits. */
export type RetryPolicy = {
  /** The number of all runs, the first included. */
  attempts: number
  firstDelayMs: number
  maxDelayMs: number
}

/**
 * The contract of a job: its name, its queue, its payload, and how long and how often it may be tried. A payload
 * carries only ids and counters; the facts are in the row. Older jobs may still be in the queue, so a payload may only
 * get new optional fields, and a job is never renamed.
 */
export type JobContract<Name extends string = string, Schema extends z.ZodType = z.ZodType> = {
  name: Name
  queue: QueueName
  payload: Schema
  retry: RetryPolicy
  timeoutMs: number
  /**
   * Of the jobs with the same key at most one runs and one waits. Another enqueue joins the waiting job, whether that
   * waits for its turn or for its next attempt. So a sweep may enqueue what is owed again and again without making the
   * line longer.
   */
  latest?: (payload: z.output<Schema>) => string
  /**
   * The urgency in the line of its queue, if the caller gives none. Jobs without urgency run before all jobs that have
   * one, so within a queue either all jobs have one or none has.
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
