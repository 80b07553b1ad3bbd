import type { JobContract } from '@seer/core/jobs/define-job'
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

export function jobOptions(contract: JobContract, payload: unknown, delayMs?: number): JobsOptions {
  return {
    ...retryOptions(contract),
    ...(contract.once && { jobId: keyOf(contract.name, contract.once(payload)) }),
    ...(contract.latest && {
      deduplication: { id: keyOf(contract.name, contract.latest(payload)), keepLastIfActive: true },
    }),
    ...(delayMs !== undefined && { delay: delayMs }),
  }
}

/**
 * Several jobs share a queue and may have equal keys, so the name is part of it; that also keeps a key from being an
 * integer. BullMQ forbids integers and colons.
 */
function keyOf(name: string, key: string): string {
  return `${name}.${encodeURIComponent(key)}`
}
