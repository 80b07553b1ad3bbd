import type { Clock } from '../clock.ts'
import type { Inbox } from '../webhooks/inbox.ts'

/** Answers kept for repeated requests. */
export interface ExpiredKeys {
  /** Removes at most `limit` idempotency keys that expired before `now`; @returns how many. */
  removeExpired(now: Date, limit: number): Promise<number>
}

type Deps = {
  inbox: Pick<Inbox, 'removeBodies'>
  idempotencyKeys: ExpiredKeys
  webhookRetentionMs: number
  now: Clock
}

export type CleanupResult = { webhookBodies: number; idempotencyKeys: number }

/** Small batches keep locks short and let other work through. */
const batchSize = 1_000
const batchesAtMost = 500

/** Removes what is kept only for a time: bodies of processed webhooks, answers to repeated requests. */
export async function cleanup(deps: Deps): Promise<CleanupResult> {
  const now = deps.now()
  const processedBefore = new Date(now.getTime() - deps.webhookRetentionMs)
  return {
    webhookBodies: await inBatches((limit) => deps.inbox.removeBodies(processedBefore, limit)),
    idempotencyKeys: await inBatches((limit) => deps.idempotencyKeys.removeExpired(now, limit)),
  }
}

async function inBatches(remove: (limit: number) => Promise<number>): Promise<number> {
  let removed = 0
  for (let i = 0; i < batchesAtMost; i++) {
    const count = await remove(batchSize)
    removed += count
    if (count < batchSize) break
  }
  return removed
}
