import { untilWritten } from '../../basics/change-row.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import type { Artifact } from '../artifact.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { consequencesOf } from './consequences.ts'

export type ChangeArtifactDeps = {
  artifacts: Pick<ArtifactStore, 'find' | 'save'>
  queue: Pick<JobQueue, 'wake'>
  now: () => Date
}

/**
 * Changes an artifact as `decide` says, and starts what follows (see `consequencesOf`).
 * @param decide null for no change
 * @throws RetryableError SERVICE_UNAVAILABLE when somebody else kept changing it
 */
export async function changeArtifact(
  deps: ChangeArtifactDeps,
  artifactId: string,
  decide: (before: Artifact) => Artifact | null,
): Promise<void> {
  await untilWritten(`Artifact ${artifactId}`, async () => {
    const before = await deps.artifacts.find(artifactId)
    const next = before && decide(before)
    if (!next) return null
    return (await writeArtifact(deps, before, next)) ? null : 'overtaken'
  })
}

/** Writes a change of an artifact, and starts what follows. @returns false when somebody else has changed it meanwhile */
export async function writeArtifact(
  { artifacts, queue, now }: Pick<ChangeArtifactDeps, 'queue' | 'now'> & { artifacts: Pick<ArtifactStore, 'save'> },
  before: Artifact,
  next: Artifact,
): Promise<boolean> {
  const isSaved = await artifacts.save(before, next)
  if (isSaved) await queue.wake(consequencesOf(before, next, now()))
  return isSaved
}
