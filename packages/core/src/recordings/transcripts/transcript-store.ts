import type { TranscriptProblems } from './formats/problems.ts'
import type { Transcript } from './transcript.ts'
import type { NumberedUtterance, Utterance } from './utterance.ts'

/** A transcript that is begun. `requestedBy` is a user's id. */
export type NewTranscript = Pick<
  Transcript,
  'id' | 'meetingId' | 'source' | 'sourceKey' | 'service' | 'model' | 'language' | 'requestedBy' | 'createdAt'
>

/** An utterance with what search looks at: its folded words in order, and its folded speaker. */
export type IndexedUtterance = Utterance & { searchWords: string[]; foldedSpeaker: string | null }

/** What a complete transcript holds. What is null here stays as it was when the transcript was begun. */
export type TranscriptContent = {
  utterances: IndexedUtterance[]
  words: number
  speakers: string[]
  durationMs: number
  problems: TranscriptProblems
  language: string | null
  service: string | null
}

export type BeginOutcome =
  /** `existing`: the meeting has this transcript already, in whatever state. Nothing was written. */
  { outcome: 'begun' | 'existing'; transcript: Transcript } | { outcome: 'no_meeting' }

/** `existing`: it was complete before. Null: there is no such transcript any more. In both cases nothing was written. */
export type CompleteOutcome = { outcome: 'completed' | 'existing'; transcript: Transcript } | null

/** A speaker of any version of a meeting's transcript. `name`: what the speaker is called instead of the label. */
export type Speaker = { label: string; name: string | null }

/** A new name for a speaker; null takes the name back. */
export type SpeakerName = { label: string; name: string | null; foldedName: string | null }

/** What was removed of a meeting. */
export type RemovedTranscripts = { transcripts: number; utterances: number; speakerNames: number }

/** Transcripts in Postgres. Each method is one atomic step. */
export interface TranscriptStore {
  /**
   * Gives the next version of the meeting to a transcript that is being made, unless the meeting has it already.
   * `no_meeting`: there is none, or its transcripts are deleted.
   */
  begin(transcript: NewTranscript): Promise<BeginOutcome>
  /**
   * Writes the content of a transcript that was begun or has failed, and makes it the current one, unless a later version
   * is complete. All or nothing: until then readers see the transcript that was current before. The caller's key is
   * removed.
   */
  complete(id: string, content: TranscriptContent, at: Date): Promise<CompleteOutcome>
  /** Says why a transcript that is being made was not. @returns false when none is being made under this id */
  fail(id: string, error: { code: string; message: string | null }, at: Date): Promise<boolean>
  /** All versions of a meeting, the newest first. */
  list(meetingId: string): Promise<Transcript[]>
  /** Utterances after `afterSeq`, in order, at most `limit`. */
  utterances(transcriptId: string, afterSeq: number, limit: number): Promise<NumberedUtterance[]>
  /** The speakers of all versions, in order of their labels. */
  speakers(meetingId: string): Promise<Speaker[]>
  /** Names speakers. What the source calls them stays in the utterances. */
  nameSpeakers(meetingId: string, names: SpeakerName[], at: Date): Promise<void>
  /**
   * Forgets that a user could see utterances, but for those of the user's own bots, which go as a whole. Writes at most
   * `limit` of them. @returns how many it has written
   */
  forgetViewer(userId: string, limit: number): Promise<number>
  /** Removes all transcripts of a meeting and the names of its speakers. Safe to repeat. */
  removeOf(meetingId: string): Promise<RemovedTranscripts>
}
