import type { ArtifactKind } from '../../vendor/artifact-kinds.ts'

/**
 * How far the copy of an artifact is:
 * - pending: waits for its copy, the first or another attempt.
 * - copying: a job is copying it.
 * - stored: it is in our storage, whole and proven. Nothing but a deletion changes it any more.
 * - missing: the vendor has no such file.
 * - failed: no attempt has succeeded so far, and `reason` says why. Seer goes on trying until `deadline`.
 * - expired: the vendor deleted it before it could be copied.
 * - deleted: somebody asked for that, or its time was over.
 */
export const artifactStates = ['pending', 'copying', 'stored', 'missing', 'failed', 'expired', 'deleted'] as const
export type ArtifactState = (typeof artifactStates)[number]

/** Whether a copy is still owed. */
export const isOpenState = (state: ArtifactState): boolean =>
  state === 'pending' || state === 'copying' || state === 'failed'

/**
 * What a finished run delivered:
 * - good: everything that was asked for, and nothing about it is suspicious.
 * - partial: something of use; `reasons` says what is missing, suspicious or not stored yet.
 * - empty: nothing that anybody could watch, hear or read.
 */
export const deliveryGrades = ['good', 'partial', 'empty'] as const
export type DeliveryGrade = (typeof deliveryGrades)[number]

/** Why a grade is not `good`. docs/recordings.md explains each. */
export const deliveryReasons = [
  'never_recorded',
  'not_stored_yet',
  'no_video_file',
  'no_audio_file',
  'unreadable_video',
  'unreadable_audio',
  'truncated_video',
  'truncated_audio',
  'silent_audio',
  'shorter_than_presence',
  'transcription_failed',
  'no_words',
  'one_speaker_of_many',
  'data_deleted',
] as const
export type DeliveryReason = (typeof deliveryReasons)[number]

/** What the grade is based on. Null: not known. */
export type DeliveryFacts = {
  /** The state of each file. Null where there is no such file. */
  artifacts: Record<ArtifactKind, ArtifactState | null>
  videoWanted: boolean
  transcriptWanted: boolean
  /** From the first recorded second until the bot left. */
  presenceSeconds: number | null
  /** By the headers of the files. */
  videoSeconds: number | null
  audioSeconds: number | null
  /** Whether the header of the stored file could be read. */
  videoReadable: boolean
  audioReadable: boolean
  /** Whether the stored file is as long as its header says. */
  videoWhole: boolean
  audioWhole: boolean
  /** The size of the audio in relation to its length. Silence compresses to almost nothing. */
  audioBytesPerMinute: number | null
  /** Whether a transcription is stored that was not made a transcript yet. */
  transcriptionUnread: boolean
  /** Of the current transcript. */
  words: number | null
  /** How many people speak in the current transcript. */
  speakers: number | null
  /** How many people took part, as far as the vendor knows. */
  people: number | null
}

/** The grade of a finished run, and what it is based on. */
export type Delivery = { grade: DeliveryGrade; reasons: DeliveryReason[]; facts: DeliveryFacts }
