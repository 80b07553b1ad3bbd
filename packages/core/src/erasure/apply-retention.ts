import type { DeletionScope } from '../meetings/deletion/data-deletion.ts'
import { beginDeletion, type RequestDeletionDeps } from './request-data-deletion.ts'
import type { Retention, RetentionStore } from './retention.ts'

type Deps = RequestDeletionDeps & { retention: Pick<RetentionStore, 'listOver'>; retentionDays: Retention }

/** What is deleted as a whole need not be deleted in parts before. */
const inTurn: readonly DeletionScope[] = ['everything', 'media', 'transcripts']
const pageSize = 100
/** The next tick goes on. So a new, shorter time does not keep everybody busy with years of recordings. */
const pagesAtMost = 10

/**
 * Begins to delete what has been kept long enough, in small batches. Only the owner's time and the installation's count. The
 * job `delete-data` of each bot does the rest.
 * @returns of how many bots something is now being deleted
 */
export async function applyRetention(
  deps: Deps,
  { signal }: { signal: AbortSignal },
): Promise<Record<DeletionScope, number>> {
  const begun = { everything: 0, media: 0, transcripts: 0 }
  for (const scope of inTurn) {
    for (let pages = 0; pages < pagesAtMost && !signal.aborted; pages++) {
      const page = await deps.retention.listOver(scope, deps.retentionDays[scope], deps.now(), pageSize)
      for (const { meetingId, userId } of page) {
        const { outcome } = await beginDeletion(deps, meetingId, { scope, reason: 'retention', ownerId: userId })
        if (outcome === 'requested') begun[scope] += 1
      }
      if (page.length < pageSize) break
    }
  }
  return begun
}
