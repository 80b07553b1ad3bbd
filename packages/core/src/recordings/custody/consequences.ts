import { type DueSource, dueSource, type OwedJob } from '../../jobs/owed-job.ts'
import { type Artifact, holdsWords, isOpen } from '../artifact.ts'
import type { ArtifactStore } from './artifact-store.ts'

/** The job that an artifact owes as it stands; null when it owes none. */
export function jobOf(artifact: Artifact): OwedJob | null {
  const { id: artifactId, meetingId, kind, state, settled } = artifact
  if (isOpen(artifact)) return { name: 'copy-artifact', payload: { artifactId } }
  if (settled) return null
  if (state === 'deleted') return { name: 'delete-artifact', payload: { artifactId } }
  return { name: holdsWords(kind) ? 'read-transcript' : 'grade-delivery', payload: { meetingId } }
}

/** The jobs that a change of an artifact makes due now. Only this function decides it. */
export function consequencesOf(before: Artifact | null, next: Artifact, now: Date): OwedJob[] {
  const isDue = (artifact: Artifact | null) => artifact !== null && artifact.dueAt !== null && artifact.dueAt <= now
  const job = jobOf(next)
  if (job === null || !isDue(next)) return []
  // A deletion may have waited for a copy that has ended now.
  const hasSameLease = before?.leaseUntil?.getTime() === next.leaseUntil?.getTime()
  return isDue(before) && before?.state === next.state && hasSameLease ? [] : [job]
}

/** The artifacts that owe a job. */
export function dueArtifacts(artifacts: Pick<ArtifactStore, 'claimDue'>): DueSource {
  return dueSource(
    (now, next, limit) => artifacts.claimDue(now, next, limit),
    (artifact) => [jobOf(artifact)].filter((job) => job !== null),
  )
}
