/** Somebody who was in the meeting, or spoke. */
export type Person = { name: string; id: string | null; displayName: string | null }

/** Where the vendor keeps the results. The links expire; null means that there is no such artifact. */
export type Artifacts = {
  video: string | null
  audio: string | null
  diarization: string | null
  transcription: string | null
  rawTranscription: string | null
}

/** What somebody claims to have happened to a bot, in Seer's words. Decided on by `bot-status.ts`. */
export type Fact = StatusFact | CompletedFact | FailedFact | CancelledFact | ChatMessageFact | ResultFact

/** The bot reached a status. `code` is the vendor's; the transition table knows what it means. */
export type StatusFact = {
  kind: 'status'
  code: string
  /** When, by the clock of the bot, or of the server for its own codes; null when the source does not know. */
  at: Date | null
  /** When the vendor's server had noted it. Known of a status that the vendor was asked for. */
  notedAt?: Date | null
  message: string | null
  /** When recording began; comes with `in_call_recording`. */
  recordingStartedAt: Date | null
}

/** The run is over and went well. */
export type CompletedFact = {
  kind: 'completed'
  at: Date | null
  joinedAt: Date | null
  exitedAt: Date | null
  durationSeconds: number | null
  artifacts: Artifacts
  /** When the links of `artifacts` stop working. */
  artifactsExpireAt: Date | null
  participants: Person[]
  speakers: Person[]
}

/** The run is over and did not give what was wanted. `results` are there when only the transcript failed. */
export type FailedFact = {
  kind: 'failed'
  at: Date | null
  /** Seer concludes it, the vendor has not said so. */
  inferred?: boolean
  code: string
  message: string | null
  results: Omit<CompletedFact, 'kind' | 'at'> | null
}

/** The bot was cancelled at the vendor before it started. */
export type CancelledFact = { kind: 'cancelled'; at: Date | null; inferred?: boolean }

/** A participant wrote in the meeting's chat. Logged; moves nothing. */
export type ChatMessageFact = {
  kind: 'chat_message'
  at: Date | null
  messageId: string
  sender: string
  text: string
}

/** A sender says that a result can be fetched, without saying that the run is over. */
export type ResultFact = { kind: 'result'; at: Date | null; result: 'recording' | 'transcript' }
