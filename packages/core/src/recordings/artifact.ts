import type { Leased } from '../basics/lease.ts'
import type { DeletionReason } from '../meetings/deletion/data-deletion.ts'
import { type ArtifactState, isOpenState } from '../meetings/delivery/delivery.ts'
import type { ArtifactKind } from '../vendor/artifact-kinds.ts'

/** Why an artifact is not stored, or what is odd about a stored one. */
export const artifactReasons = [
  'not_recorded',
  'not_requested',
  'not_at_vendor',
  'link_refused',
  'link_not_allowed',
  'empty_file',
  'wrong_type',
  'too_large',
  'unreachable',
  'storage_unavailable',
  'unreadable_media',
  'truncated_file',
  'vendor_deleted_it',
  'deleted_on_request',
  'retention',
  'user_deleted',
] as const
export type ArtifactReason = (typeof artifactReasons)[number]

/** Why a file goes, by why the data of its bot go. */
export function artifactReasonOf(reason: DeletionReason): ArtifactReason {
  return reason === 'request' ? 'deleted_on_request' : reason
}

/** One file of a bot run, and how far its copy is. A meeting has at most one of each kind. */
export type Artifact = Leased & {
  id: string
  meetingId: string
  kind: ArtifactKind
  state: ArtifactState
  reason: ArtifactReason | null
  contentType: string | null
  /** Its size, as soon as it is known. */
  bytes: number | null
  /** How much of it has been copied. */
  copiedBytes: number | null
  /** Hex. Set when it is stored. */
  sha256: string | null
  /** By the header of the file itself. */
  durationSeconds: number | null
  /** Where it is in the storage. Set when it is stored. */
  storageKey: string | null
  /** Every key under which a copy may have been written, also by a job that died. A deletion removes all of them. */
  writtenKeys: string[]
  storedAt: Date | null
  /** When the vendor deletes it. */
  deadline: Date
  /** Whether what follows from its state was done: the transcript was read, and the delivery graded. */
  settled: boolean
  attempts: number
  /** When the sweep should start its next job; null when it owes none. */
  dueAt: Date | null
  round: number
  /** Why the last attempt failed, for people. */
  lastProblem: string | null
  version: number
  createdAt: Date
  updatedAt: Date
}

/** Whether a transcript can be made of the file. */
export function holdsWords(kind: ArtifactKind): boolean {
  return kind === 'transcription' || kind === 'raw_transcription'
}

/** Whether words are stored that were not made a transcript yet. */
export function isUnread({ kind, state, settled }: Pick<Artifact, 'kind' | 'state' | 'settled'>): boolean {
  return holdsWords(kind) && state === 'stored' && !settled
}

/** Whether a copy is still owed. */
export function isOpen({ state }: Pick<Artifact, 'state'>): boolean {
  return isOpenState(state)
}

/** Whether there never was a file here, and none is expected. */
export function isLost({ state }: Pick<Artifact, 'state'>): boolean {
  return state === 'missing' || state === 'expired'
}
