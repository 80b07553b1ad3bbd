/** The artifact that a job is copying. While the job has its lease, nobody else changes it. */
import type { Clock } from '../../basics/clock.ts'
import { isFree, leaseFor, noLease } from '../../basics/lease.ts'
import type { JobQueue } from '../../jobs/job-queue.ts'
import { type Artifact, isOpen } from '../artifact.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { consequencesOf } from './consequences.ts'

/** Renewed with each note of progress. A job that dies holds its artifact for this long. */
const leaseMs = 60_000

export type HoldDeps = {
  artifacts: Pick<ArtifactStore, 'find' | 'save'>
  queue: Pick<JobQueue, 'wake'>
  now: Clock
}

export type HeldArtifact = {
  /** As it stands. */
  get artifact(): Artifact
  /** Writes how far the copy is, and renews the lease. @returns false when the lease was lost */
  note(changes: Partial<Artifact>): Promise<boolean>
  /** Gives the lease back with the result of the copy. @returns false when the lease was lost, and nothing was written */
  finish(changes: Partial<Artifact>): Promise<boolean>
}

/** Takes the lease of an artifact. @returns why not, if it cannot be had */
export async function holdArtifact(deps: HoldDeps, artifactId: string): Promise<HeldArtifact | 'busy' | 'closed'> {
  const before = await deps.artifacts.find(artifactId)
  if (!before || !isOpen(before)) return 'closed'
  const now = deps.now()
  if (!isFree(before, now)) return 'busy'
  const taken: Artifact = { ...before, state: 'copying', attempts: before.attempts + 1, ...held(now) }
  if (!(await deps.artifacts.save(before, taken))) return 'busy'
  return holding(deps, { ...taken, version: before.version + 1 })
}

/** If the job dies, the sweep starts another when the lease has run out. */
function held(now: Date): Pick<Artifact, 'leaseUntil' | 'dueAt'> {
  const lease = leaseFor(leaseMs, now)
  return { ...lease, dueAt: lease.leaseUntil }
}

function holding(deps: HoldDeps, taken: Artifact): HeldArtifact {
  let artifact = taken
  async function write(next: Artifact): Promise<boolean> {
    const before = artifact
    if (!(await deps.artifacts.save(before, next))) return false
    artifact = { ...next, version: before.version + 1 }
    await deps.queue.wake(consequencesOf(before, next, deps.now()))
    return true
  }
  return {
    get artifact() {
      return artifact
    },
    note: (changes) => write({ ...artifact, ...changes, ...held(deps.now()) }),
    finish: (changes) => write({ ...artifact, ...noLease, ...changes }),
  }
}
