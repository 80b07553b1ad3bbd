import type { JobContract } from '@seer/core/jobs/define-job'
import type { JobsOptions } from 'bullmq'

const hours = 3_600
const days = 24 * hours

/** Long enough to see what happened lately and to recognise a repeated `once` key; BullMQ counts age in seconds. */
const keepCompleted = { age: 1 * hours, count: 5_000 }
/** Dead letters: long enough for somebody to come back from holiday and replay them. */
const keepFailed = { age: 30 * days, count: 10_000 }

/** Names the strategy that start-workers.ts gives to BullMQ; see backoff.ts. */
export const backoffType = 'contract'

/** How long and how often a job of this contract is kept and tried. */
export function retentionOptions(contract: JobContract): JobsOptions {
  return {
    attempts: contract.retry.attempts,
    backoff: { type: backoffType },
    removeOnComplete: keepCompleted,
    removeOnFail: keepFailed,
    // One trace says where it failed; the log has the others.
    stackTraceLimit: 1,
  }
}

export function jobOptions(contract: JobContract, payload: unknown, delayMs?: number): JobsOptions {
  return {
    ...retentionOptions(contract),
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
