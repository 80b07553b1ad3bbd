import type { ErrorCode } from '../../basics/error-codes.ts'
import type { TranscriptProblems } from './formats/problems.ts'

/** Who made a transcript: the vendor, or Seer with a speech service. `openai` is any server that speaks that API. */
export const transcriptSources = ['vendor', 'deepgram', 'openai'] as const
export type TranscriptSource = (typeof transcriptSources)[number]

/** `making`: it was ordered, and has no text yet. The other two are final. */
export const transcriptStates = ['making', 'complete', 'failed'] as const
export type TranscriptState = (typeof transcriptStates)[number]

/** One version of what was said in a meeting. */
export type Transcript = {
  id: string
  meetingId: string
  /** Counts the transcripts of a meeting, from 1. */
  version: number
  source: TranscriptSource
  /** Tells the transcripts of one source apart. The same meeting, source and key is the same transcript. */
  sourceKey: string
  state: TranscriptState
  /** True for the complete version with the highest number. Search and readers take this one. */
  isCurrent: boolean
  /** The speech service behind it, such as `gladia`. */
  service: string | null
  model: string | null
  language: string | null
  utterances: number
  words: number
  /** Who spoke, as the source calls them; at most 500. */
  speakers: string[]
  /** When the last utterance ends. */
  durationMs: number
  /** What was odd in the source, and how often. */
  problems: TranscriptProblems
  errorCode: ErrorCode | (string & {}) | null
  errorMessage: string | null
  /** Why the last call for it failed, for people; null when none did. */
  lastProblem: string | null
  /** The user who asked for it; null for one that Seer made by itself. */
  requestedBy: string | null
  /** From 0 to 1, while it is being made; null when nobody knows. */
  progress: number | null
  createdAt: Date
  completedAt: Date | null
}
