import { randomBytes } from 'node:crypto'
import type { JobContract } from '@seer/core/jobs/define-job'
import { type Urgency, urgency } from '@seer/core/jobs/urgency'
import type { JobsOptions } from 'bullmq'

/** The name of the strategy that start-workers.ts gives to BullMQ; see backoff.ts. */
export const backoffType = 'contract'

/** How often and when a job is tried. The worker decides how long it is kept (queue-worker.ts). */
export function retryOptions(contract: JobContract): JobsOptions {
  return {
    attempts: contract.retry.attempts,
    backoff: { type: backoffType },
    // The stack of the last failure is enough; the log has those before.
    stackTraceLimit: 1,
  }
}

/** What a caller may say about the job that it enqueues. */
export type JobWishes = { delayMs?: number | undefined; urgency?: Urgency | undefined }

/**
 * The options of one new job. A job with a `latest` key gets an id of its own. BullMQ answers an id, so the caller can
 * tell whether the job is new or has joined another.
 */
export function jobOptions(contract: JobContract, payload: unknown, wishes: JobWishes = {}): JobsOptions {
  const { delayMs, urgency: priority = contract.urgency } = wishes
  return {
    ...retryOptions(contract),
    ...(contract.latest && latestOptions(contract.name, contract.latest(payload), priority, delayMs)),
    ...(priority !== undefined && { priority }),
    ...(delayMs !== undefined && { delay: delayMs }),
  }
}

/** Random once a process, then counted. Random bytes for each job would take as long as the rest of enqueuing it. */
const processPart = randomBytes(6).toString('hex')
let made = 0

function ownPart(): string {
  made += 1
  return `${processPart}-${made}`
}

function latestOptions(name: string, key: string, priority: Urgency | undefined, delayMs: number | undefined) {
  const id = keyOf(name, key)
  // Somebody waits for this job. If a job of the same key waits for its next attempt, it runs at once.
  const reschedule = delayMs === undefined && priority !== undefined && priority <= urgency.now
  return {
    jobId: `${id}.${ownPart()}`,
    deduplication: { id, keepLastIfActive: true, ...(reschedule && { reschedule }) },
  }
}

/**
 * A key for BullMQ, with the name of the job, because jobs in one queue may have equal keys. BullMQ forbids integers
 * and colons; the name keeps a key from being an integer.
 */
function keyOf(name: string, key: string): string {
  return `${name}.${encodeURIComponent(key)}`
}
