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
 * Changes an artifact as `decide` says, and starts what follows (`consequencesOf`).
 * @param decide null for no change
 * @returns the artifact as it stands afterwards, and whether it was changed; null when there is no such artifact
 * @throws RetryableError SERVICE_UNAVAILABLE when somebody else kept changing it
 */
export async function changeArtifact(
  deps: ChangeArtifactDeps,
  artifactId: string,
  decide: (before: Artifact) => Artifact | null,
): Promise<{ artifact: Artifact; isChanged: boolean } | null> {
  return await untilWritten(`Artifact ${artifactId}`, async () => {
    const before = await deps.artifacts.find(artifactId)
    if (!before) return null
    const next = decide(before)
    if (!next) return { artifact: before, isChanged: false }
    if (!(await deps.artifacts.save(before, next))) return 'overtaken'
    await deps.queue.wake(consequencesOf(before, next, deps.now()))
    return { artifact: { ...next, version: before.version + 1 }, isChanged: true }
  })
}
