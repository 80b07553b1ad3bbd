/** Somebody who took part in the meeting, or spoke. */
export type Person = { name: string; id: string | null; displayName: string | null }

/** Links to the results at the vendor. They expire. Null: there is no such artifact. */
export type Artifacts = {
  video: string | null
  audio: string | null
  diarization: string | null
  transcription: string | null
  rawTranscription: string | null
  chat: string | null
}

/** What a sender says has happened to a bot, in Seer's words. `bot-status.ts` decides what it changes. */
export type Fact = StatusFact | CompletedFact | FailedFact | CancelledFact | ChatMessageFact | ResultFact

/** The bot reached a status. `code` is the vendor's; `status-codes.ts` says what it means. */
export type StatusFact = {
  kind: 'status'
  code: string
  /** When it happened, by the clock of the bot, or of the server for the server's own codes; null when not known. */
  at: Date | null
  /** When the vendor's server noted the status. Set only when Seer asked the vendor. */
  notedAt?: Date | null
  message: string | null
  /** When recording began. Comes with `in_call_recording`. */
  recordingStartedAt: Date | null
}

/** The run is over and was successful. */
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

/** The run is over and failed. `results` is set when only the transcript failed. */
export type FailedFact = {
  kind: 'failed'
  at: Date | null
  /** True when Seer concluded this and the vendor has not said so. */
  inferred?: boolean
  code: string
  message: string | null
  results: Omit<CompletedFact, 'kind' | 'at'> | null
}

/** The bot was cancelled at the vendor before it started. */
export type CancelledFact = { kind: 'cancelled'; at: Date | null; inferred?: boolean }

/** A participant wrote in the meeting's chat. Goes into the log and changes no state. */
export type ChatMessageFact = {
  kind: 'chat_message'
  at: Date | null
  messageId: string
  sender: string
  text: string
}

/** A result can be fetched. The sender does not say that the run is over. */
export type ResultFact = { kind: 'result'; at: Date | null; result: 'recording' | 'transcript' }

/** The results that come with a fact, if any do. */
export function resultsOf(fact: Fact | null): Omit<CompletedFact, 'kind' | 'at'> | null {
  if (fact?.kind === 'completed') return fact
  return fact?.kind === 'failed' ? fact.results : null
}
