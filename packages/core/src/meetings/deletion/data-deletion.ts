/**
 * What is, or will be, deleted of a bot's data, and how far that is. It stands on the meeting as JSON, so its times are ISO
 * texts. Pure.
 */
import type { ArtifactKind } from '../../vendor/artifact-kinds.ts'
import type { Artifacts } from '../../vendor/facts.ts'

/**
 * What may be deleted by itself:
 * - media: video and audio.
 * - transcripts: all versions with the names of speakers, the files that they are made from, and the chat.
 * - everything: both, the people, and all that the vendor and the inbox still have.
 */
export const deletionScopes = ['media', 'transcripts', 'everything'] as const
export type DeletionScope = (typeof deletionScopes)[number]

export const deletionReasons = ['request', 'retention', 'user_deleted'] as const
export type DeletionReason = (typeof deletionReasons)[number]

/**
 * What became of the vendor's copy:
 * - pending: it is still to be deleted; `reason` says what is in the way.
 * - deleted: the vendor has accepted the deletion, now or before.
 * - not_there: no bot was in the meeting, or the vendor does not know it any more.
 * - expired: the vendor could not be told, and has deleted it by itself when its time was over.
 */
export const vendorOutcomes = ['pending', 'deleted', 'not_there', 'expired'] as const
export type VendorDeletion = { outcome: (typeof vendorOutcomes)[number]; reason: string | null; at: string | null }

/** A transcript that was removed. The id tells versions apart when a removal is repeated. */
export type RemovedTranscript = { id: string; version: number; source: string; utterances: number }

export type DataDeletion = {
  /** Only ever grows. */
  scopes: DeletionScope[]
  /** Why the latest of them goes. */
  reason: DeletionReason
  requestedAt: string
  /** When all of it was gone; null before. */
  doneAt: string | null
  transcripts: RemovedTranscript[]
  speakerNames: number
  chatMessages: number
  vendor: VendorDeletion
}

/** Keeps a bot's data from deletion and from retention. */
export type Hold = { since: string; reason: string | null }

type Deleting = { deletion: DataDeletion | null }

/** Whether these data are deleted, or will be. */
export function isDeleted({ deletion }: Deleting, scope: DeletionScope): boolean {
  return deletion !== null && (deletion.scopes.includes(scope) || deletion.scopes.includes('everything'))
}

/** `kept`: nothing of it is deleted, or to be. `deleting`: some of what goes is still there. */
export const dataStates = ['kept', 'deleting', 'deleted'] as const
export type DataState = (typeof dataStates)[number]

export function dataStateOf({ deletion }: Deleting): DataState {
  if (deletion === null) return 'kept'
  return deletion.doneAt === null ? 'deleting' : 'deleted'
}

/** Whether a deletion is under way. */
export const isDeleting = ({ deletion }: Deleting): boolean => deletion !== null && deletion.doneAt === null

const scopeOf: Record<ArtifactKind, DeletionScope> = {
  video: 'media',
  audio: 'media',
  transcription: 'transcripts',
  raw_transcription: 'transcripts',
  diarization: 'transcripts',
  chat: 'transcripts',
}

/** Whether files of this kind go. */
export const isFileDeleted = (meeting: Deleting, kind: ArtifactKind): boolean => isDeleted(meeting, scopeOf[kind])

const linkScopes: Record<keyof Artifacts, DeletionScope> = {
  video: 'media',
  audio: 'media',
  transcription: 'transcripts',
  rawTranscription: 'transcripts',
  diarization: 'transcripts',
  chat: 'transcripts',
}

/** The links to what is kept; null when there is none. */
export function keptLinks(meeting: Deleting, links: Artifacts | null): Artifacts | null {
  if (links === null || isDeleted(meeting, 'everything')) return null
  const kept = Object.entries(links).map(([kind, link]) => [
    kind,
    isDeleted(meeting, linkScopes[kind as keyof Artifacts]) ? null : link,
  ])
  return Object.fromEntries(kept) as Artifacts
}
