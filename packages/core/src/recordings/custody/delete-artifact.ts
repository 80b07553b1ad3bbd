import { SeerError } from '../../basics/errors.ts'
import { isDeleting } from '../../meetings/deletion/data-deletion.ts'
import type { Meeting } from '../../meetings/meeting.ts'
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
  await removeFiles(deps, artifact)
  const { leaseUntil } = artifact
  const copiedUntil = leaseUntil === null ? null : new Date(leaseUntil.getTime() + afterLeaseMs)
  const mayBeCopied = copiedUntil !== null && copiedUntil > deps.now()
  await changeArtifact(deps, artifactId, (before) =>
    mayBeCopied
      ? { ...before, dueAt: copiedUntil }
      : { ...before, leaseUntil: null, settled: true, dueAt: null, storageKey: null, lastProblem: null },
  )
  const change = (before: Meeting) =>
    waitsForFiles(before) && !mayBeCopied ? { ...before, deleteDueAt: deps.now() } : before
  await gradeDelivery(deps, artifact.meetingId, { change })
  return mayBeCopied ? 'deleted_so_far' : 'deleted'
}

/** A deletion that waits for the vendor has its own time, and looks at the files then. */
const waitsForFiles = (meeting: Meeting): boolean =>
  isDeleting(meeting) && meeting.deletion?.vendor.outcome !== 'pending'

async function removeFiles(deps: Deps, { id, writtenKeys }: Artifact): Promise<void> {
  try {
    for (const key of writtenKeys) await deps.storage.delete(key)
  } catch (error) {
    const lastProblem = error instanceof SeerError ? `${error.code}: ${error.message}` : 'INTERNAL_ERROR'
    await changeArtifact(deps, id, (before) => ({ ...before, lastProblem }))
    throw error
  }
  await deps.downloads.discard(id)
}
