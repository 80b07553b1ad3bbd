import { type Artifact, isOpen } from '../../src/recordings/artifact.ts'
import type { ArtifactStore } from '../../src/recordings/custody/artifact-store.ts'
import { artifactKinds } from '../../src/vendor/artifact-kinds.ts'

export type MemoryArtifactStore = ArtifactStore & {
  /** Copies of all artifacts. */
  all(): Artifact[]
}

/** An ArtifactStore without a database. Passes the same contract suite as the one in Postgres. */
export function memoryArtifactStore(): MemoryArtifactStore {
  const artifacts = new Map<string, Artifact>()
  const all = () => structuredClone([...artifacts.values()])
  const write = (artifact: Artifact) => void artifacts.set(artifact.id, structuredClone(artifact))
  return {
    all,
    async add(added) {
      for (const artifact of added) {
        const isTaken = all().some(({ meetingId, kind }) => meetingId === artifact.meetingId && kind === artifact.kind)
        if (!isTaken) write(artifact)
      }
    },
    async find(artifactId) {
      return structuredClone(artifacts.get(artifactId)) ?? null
    },
    async of(meetingId) {
      const found = all().filter((artifact) => artifact.meetingId === meetingId)
      return found.sort((a, b) => artifactKinds.indexOf(a.kind) - artifactKinds.indexOf(b.kind))
    },
    async save(before, next) {
      const known = artifacts.get(before.id)
      if (known?.version !== before.version) return false
      write({ ...next, round: known.round, version: before.version + 1 })
      return true
    },
    async settle(settled) {
      for (const { id, version } of settled) {
        const known = artifacts.get(id)
        if (known?.version === version && !known.settled) {
          write({ ...known, settled: true, dueAt: null, version: version + 1 })
        }
      }
    },
    async claimDue(now, next, limit) {
      const due = all().filter(({ dueAt }) => dueAt !== null && dueAt <= now)
      due.sort((a, b) => Number(a.dueAt) - Number(b.dueAt))
      const claimed = due
        .slice(0, limit)
        .map((one) => ({ ...one, dueAt: next, round: one.round + 1, version: one.version + 1 }))
      for (const artifact of claimed) write(artifact)
      return structuredClone(claimed)
    },
    async summarise(dangerBefore) {
      const open = all().filter(isOpen)
      const deadlines = open.map(({ deadline }) => deadline.getTime())
      return {
        open: open.length,
        inDanger: open.filter(({ deadline }) => deadline < dangerBefore).length,
        firstDeadline: deadlines.length > 0 ? new Date(Math.min(...deadlines)) : null,
        expired: all().filter(({ state }) => state === 'expired').length,
      }
    },
  }
}
