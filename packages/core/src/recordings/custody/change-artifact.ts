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
    if (!(await deps.artifacts.save(before, next))) return 'overtaken'
    await deps.queue.wake(consequencesOf(before, next, deps.now()))
    return null
  })
}
