/** What users see of recordings. Who may see them is decided as for the bot: meetings/views/bot-view.ts. */
import { isFileDeleted } from '../meetings/deletion/data-deletion.ts'
import type { BotKeeping } from '../meetings/meeting.ts'
import { fileExtensions } from '../vendor/artifact-kinds.ts'
import { type Artifact, artifactReasonOf, isLost, isOpen } from './artifact.ts'

/** One recording as its users see it. */
export type RecordingView = Pick<
  Artifact,
  'id' | 'kind' | 'state' | 'reason' | 'contentType' | 'bytes' | 'sha256' | 'durationSeconds' | 'storedAt' | 'deadline'
> & {
  /** From 0 to 1; null while the size is not known. */
  progress: number | null
}

export function recordingViewOf(artifact: Artifact): RecordingView {
  const { id, kind, state, reason, contentType, bytes, sha256, durationSeconds, storedAt, deadline } = artifact
  return {
    id,
    kind,
    state,
    reason,
    contentType,
    bytes,
    sha256,
    durationSeconds,
    storedAt,
    deadline,
    progress: progressOf(artifact),
  }
}

/** An artifact as users see it. While a deleted file is still being removed, it counts as deleted. */
export function seenArtifact(meeting: BotKeeping, artifact: Artifact): Artifact {
  if (!isFileDeleted(meeting, artifact.kind) || isLost(artifact)) return artifact
  return { ...artifact, state: 'deleted', reason: artifactReasonOf(meeting.deletion?.reason ?? 'request') }
}

function progressOf({ state, bytes, copiedBytes }: Artifact): number | null {
  if (state === 'stored') return 1
  return bytes ? Math.min(1, (copiedBytes ?? 0) / bytes) : null
}

/** The name under which a recording is saved, for example `2026-11-30-video.mp4`. */
export function fileNameOf({ kind, createdAt }: Artifact): string {
  return `${createdAt.toISOString().slice(0, 10)}-${kind.replace('_', '-')}.${fileExtensions[kind]}`
}

/** Why a recording cannot be had now, in a sentence for the user; null when it can. `isLater`: it may come. */
export function whyNot(artifact: Artifact): { isLater: boolean; sentence: string } | null {
  if (artifact.state === 'stored') return null
  return { isLater: isOpen(artifact), sentence: sentences[artifact.state] }
}

const sentences: Record<Exclude<Artifact['state'], 'stored'>, string> = {
  pending: 'The file waits to be copied from Meeting BaaS.',
  copying: 'The file is being copied from Meeting BaaS.',
  failed: 'The file could not be copied from Meeting BaaS so far; Seer goes on trying.',
  missing: 'The bot left no such file.',
  expired: 'Meeting BaaS deleted the file before it could be copied.',
  deleted: 'The file was deleted.',
}
