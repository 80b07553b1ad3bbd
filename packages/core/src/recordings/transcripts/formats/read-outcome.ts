import type { Utterance } from '../utterance.ts'
import type { TranscriptProblems } from './problems.ts'

/** A transcript in the normal form, sorted by start. It may have no utterances: then nothing was said. */
export type ReadTranscript = {
  utterances: Utterance[]
  /** The language of most of the text. */
  language: string | null
  /** The speech service that the source names. */
  service: string | null
  problems: TranscriptProblems
}

/**
 * Why something is no transcript: there is nothing, it is not JSON, it has nothing of a transcript, or the speech
 * service wrote down that it failed.
 */
export type NotATranscript = 'empty' | 'not_json' | 'unknown_shape' | 'service_failed'

export type ReadOutcome =
  | { outcome: 'read'; transcript: ReadTranscript }
  | { outcome: 'not_a_transcript'; reason: NotATranscript }

export const notATranscript = (reason: NotATranscript): ReadOutcome => ({ outcome: 'not_a_transcript', reason })
