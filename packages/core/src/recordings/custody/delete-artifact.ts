import type { Artifact, ArtifactReason } from '../artifact.ts'
import { type GradeDeps, gradeDelivery } from '../delivery/grade-delivery.ts'
import type { Storage } from '../storage.ts'
import { type ChangeArtifactDeps, changeArtifact } from './change-artifact.ts'
import type { Downloads } from './downloads.ts'

type Deps = ChangeArtifactDeps & GradeDeps & { storage: Pick<Storage, 'delete'>; downloads: Pick<Downloads, 'discard'> }

/** A job that is copying an artifact gives up within its lease. It may write one more object before. */
const afterLeaseMs = 10_000

/**
 * What an artifact becomes when its file must go; null when that was said before. From now on nobody gets the file, and
 * the job `delete-artifact` is owed.
 */
export function toBeDeleted(artifact: Artifact, reason: ArtifactReason, now: Date): Artifact | null {
  if (artifact.state === 'deleted') return null
  return { ...artifact, state: 'deleted', reason, settled: false, dueAt: now }
}

export type DeleteArtifactOutcome = 'deleted' | 'deleted_so_far' | 'nothing_to_do'

/**
 * Removes the file of an artifact from the storage, under every key that a copy may have used. While a job may still be
 * copying, it does so again after that.
 * @throws what the storage throws
 */
export async function deleteArtifact(
  deps: Deps,
  { artifactId }: { artifactId: string },
): Promise<DeleteArtifactOutcome> {
  const artifact = await deps.artifacts.find(artifactId)
  if (artifact?.state !== 'deleted' || artifact.settled) return 'nothing_to_do'
  for (const key of artifact.writtenKeys) await deps.storage.delete(key)
  await deps.downloads.discard(artifactId)
  const { leaseUntil } = artifact
  const copiedUntil = leaseUntil === null ? null : new Date(leaseUntil.getTime() + afterLeaseMs)
  const mayBeCopied = copiedUntil !== null && copiedUntil > deps.now()
  await changeArtifact(deps, artifactId, (before) =>
    mayBeCopied
      ? { ...before, dueAt: copiedUntil }
      : { ...before, leaseUntil: null, settled: true, dueAt: null, storageKey: null },
  )
  await gradeDelivery(deps, artifact.meetingId)
  return mayBeCopied ? 'deleted_so_far' : 'deleted'
}
