import type { TranscriptSource } from '../transcripts/transcript.ts'

/** A stored recording that a speech service listens to. */
export type SpeechSource = {
  contentType: string
  bytes: number
  /** For services that judge a file by its name, such as `audio.flac`. */
  fileName: string
  /** The bytes from the beginning, each time anew. @throws what `Storage.read` throws */
  open(): Promise<AsyncIterable<Uint8Array>>
  /** A link that anybody can use for two hours; null where the storage cannot make one. */
  link(): Promise<string | null>
}

/** What a caller may choose. Null leaves the choice to the service. */
export type SpeechOptions = {
  /** A language tag such as `en` or `pt-BR`. */
  language: string | null
  model: string | null
}

export type SpeechRequest = SpeechOptions & {
  /** The vendor's id of the bot; null when it has none. */
  botId: string | null
  /** Null for the vendor, which has the recording itself. */
  source: SpeechSource | null
  /** The caller's own key; null for the key of this installation. */
  apiKey: string | null
}

export type SpeechCall = {
  signal: AbortSignal
  /**
   * Called every few seconds for as long as the call lasts, so that its lease can be renewed.
   * @param sent how much of the recording was sent, from 0 to 1; null when that is not known
   */
  onProgress: (sent: number | null) => void
  /**
   * Stores the ticket of a transcript that the service is about to make by itself, just before it is asked. So whoever goes
   * on after a kill does not ask a second time. @throws when it could not be stored; then the service must not be asked
   */
  noteTicket: (ticket: string) => Promise<void>
}

export type SpeechAnswer =
  /** The service's own answer; the reader of its format makes a transcript of it. */
  | { outcome: 'done'; content: unknown }
  /** The service makes it by itself. `collect` gets it with this ticket, which is safe to store. */
  | { outcome: 'started'; ticket: string }
  | { outcome: 'pending' }

/**
 * Makes text of a recording. Every method throws PermanentError (SPEECH_KEY_REFUSED, SPEECH_ACCOUNT_EMPTY,
 * SPEECH_AUDIO_REFUSED, SPEECH_REQUEST_REFUSED) or RetryableError (SPEECH_UNAVAILABLE, SPEECH_RATE_LIMITED,
 * SPEECH_PROTOCOL), what reading the source throws, and the reason of `signal`. The vendor throws codes of its own. No
 * message holds a key.
 */
export interface SpeechService {
  /** Larger files are refused before anything is sent; null for no limit that is known. */
  readonly maxBytes: number | null
  /** Not safe to repeat: each call is paid for. It makes one request, and never tries again by itself. */
  transcribe(request: SpeechRequest, call: SpeechCall): Promise<SpeechAnswer>
  /** Asks for what was started before. Safe to repeat. */
  collect(ticket: string, request: SpeechRequest, call: SpeechCall): Promise<SpeechAnswer>
}

/** The services of this installation; null for one that is not configured. */
export type SpeechServices = Record<TranscriptSource, SpeechService | null>

/**
 * What this installation offers. `own_key`: only to a caller who brings a key. The API decides by it, and need not open the
 * services.
 */
export type SpeechOffers = Record<TranscriptSource, 'offered' | 'own_key' | 'not_offered'>

/** Which service makes a transcript when the caller names none: the first that is offered. */
export const preferredServices = ['deepgram', 'openai', 'vendor'] as const satisfies readonly TranscriptSource[]
