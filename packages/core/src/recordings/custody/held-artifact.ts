/** The artifact that a job is copying. While the job has its lease, nobody else changes it. */
import { isFree, leaseFor, noLease } from '../../basics/lease.ts'
import { type Artifact, isOpen } from '../artifact.ts'
import { type ChangeArtifactDeps, writeArtifact } from './change-artifact.ts'

/** Renewed with each note of progress. A job that dies holds its artifact for this long. */
const leaseMs = 60_000

export type HeldArtifact = {
  /** As it stands. */
  get artifact(): Artifact
  /** Writes how far the copy is, and renews the lease. @returns false when the lease was lost */
  note(changes: Partial<Artifact>): Promise<boolean>
  /** Gives the lease back with the result of the copy. @returns false when the lease was lost, and nothing was written */
  finish(changes: Partial<Artifact>): Promise<boolean>
}

/** Takes the lease of an artifact. @returns why not, if it cannot be had */
export async function holdArtifact(
  deps: ChangeArtifactDeps,
  artifactId: string,
): Promise<HeldArtifact | 'busy' | 'closed'> {
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

function holding(deps: ChangeArtifactDeps, taken: Artifact): HeldArtifact {
  let artifact = taken
  async function write(next: Artifact): Promise<boolean> {
    const before = artifact
    if (!(await writeArtifact(deps, before, next))) return false
    artifact = { ...next, version: before.version + 1 }
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
