import { randomBytes } from 'node:crypto'
import type { JobContract } from '@seer/core/jobs/define-job'
import { type Urgency, urgency } from '@seer/core/jobs/urgency'
import type { JobsOptions } from 'bullmq'

/** Names the strategy that start-workers.ts gives to BullMQ; see backoff.ts. */
export const backoffType = 'contract'

/** How a job of this contract is tried. How long it is kept is the worker's affair (queue-worker.ts). */
export function retryOptions(contract: JobContract): JobsOptions {
  return {
    attempts: contract.retry.attempts,
    backoff: { type: backoffType },
    // One trace says where it failed; the log has the others.
    stackTraceLimit: 1,
  }
}

/** What an enqueue may say of its job. */
export type JobWishes = { delayMs?: number | undefined; urgency?: Urgency | undefined }

/**
 * Options of one new job. A job of a `latest` key gets an id of its own, so that the id that BullMQ answers tells whether it
 * is a new one or has joined another.
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

/** Random for each process and counted within it: asking the system for random bytes takes as long as the rest of a job. */
const processPart = randomBytes(6).toString('hex')
let made = 0

function ownPart(): string {
  made += 1
  return `${processPart}-${made}`
}

function latestOptions(name: string, key: string, priority: Urgency | undefined, delayMs: number | undefined) {
  const id = keyOf(name, key)
  // Somebody waits: a job that waits for its next attempt comes at once.
  const reschedule = delayMs === undefined && priority !== undefined && priority <= urgency.now
  return {
    jobId: `${id}.${ownPart()}`,
    deduplication: { id, keepLastIfActive: true, ...(reschedule && { reschedule }) },
  }
}

/**
 * Several jobs share a queue and may have equal keys, so the name is part of it; that also keeps a key from being an
 * integer. BullMQ forbids integers and colons.
 */
function keyOf(name: string, key: string): string {
  return `${name}.${encodeURIComponent(key)}`
}
