import type { Clock } from '../../basics/clock.ts'
import { isOpen } from '../artifact.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { Downloads } from './downloads.ts'

type Deps = {
  artifacts: Pick<ArtifactStore, 'find'>
  downloads: Pick<Downloads, 'untouchedSince' | 'discard'>
  now: Clock
}

/** Whoever still fetches a file writes to it all the time: a sender that is silent for a minute is given up. */
const untouchedMs = 3_600_000

/**
 * Removes what workers that were killed have left of files that nobody copies any more: they are stored, for example by a
 * worker on another machine, or deleted, or lost. Of a file whose copy is owed all stays, because the next attempt goes on
 * with it, and because it may be all that is left when the vendor deletes its own. Safe while other workers use the same
 * folder.
 * @returns how many files were removed
 */
export async function removeLeftDownloads({ artifacts, downloads, now }: Deps): Promise<number> {
  let removed = 0
  for (const { name, artifactId } of await downloads.untouchedSince(new Date(now().getTime() - untouchedMs))) {
    const artifact = artifactId === null ? null : await artifacts.find(artifactId)
    if (artifact && isOpen(artifact)) continue
    await downloads.discard(name)
    removed += 1
  }
  return removed
}
