import type { Clock } from '../../basics/clock.ts'
import { fold } from '../../rules/fold.ts'
import { readerWords, searchWords } from '../search/words.ts'
import type { ReadTranscript } from './formats/read-outcome.ts'
import type { Transcript } from './transcript.ts'
import type { IndexedUtterance, NewTranscript, TranscriptContent, TranscriptStore } from './transcript-store.ts'
import { mostSpeakers, type Utterance } from './utterance.ts'

export type StoreDeps = { transcripts: Pick<TranscriptStore, 'begin' | 'complete'>; newId: () => string; now: Clock }

export type StoreTranscript = Pick<NewTranscript, 'meetingId' | 'source' | 'sourceKey'> & {
  transcript: ReadTranscript
  model?: string | null
  /** When the source was there; now when it is not said. */
  createdAt?: Date
}

export type StoreTranscriptOutcome =
  | { outcome: 'stored' | 'already_stored'; transcript: Transcript }
  /** The meeting, or its transcript, was removed meanwhile. */
  | { outcome: 'no_meeting' }

/**
 * Stores a transcript that was read. Storing the same source again changes nothing.
 * @param order `sourceKey` tells sources apart, such as the SHA-256 of a file
 */
export async function storeTranscript(deps: StoreDeps, order: StoreTranscript): Promise<StoreTranscriptOutcome> {
  const { transcript: read, model = null, createdAt = deps.now(), ...of } = order
  const { language, service } = read
  const wanted = { ...of, id: deps.newId(), service, model, language, requestedBy: null, createdAt }
  const begun = await deps.transcripts.begin(wanted)
  if (begun.outcome === 'no_meeting') return begun
  const { transcript } = begun
  if (transcript.state === 'complete') return { outcome: 'already_stored', transcript }
  const completed = await deps.transcripts.complete(transcript.id, contentOf(read), deps.now())
  if (!completed) return { outcome: 'no_meeting' }
  return {
    outcome: completed.outcome === 'completed' ? 'stored' : 'already_stored',
    transcript: completed.transcript,
  }
}

/** What is stored of a transcript, with all that search needs. */
export function contentOf({ utterances, language, service, problems }: ReadTranscript): TranscriptContent {
  return {
    utterances: utterances.map(indexed),
    words: utterances.reduce((sum, { words, text }) => sum + (words.length || readerWords(text).length), 0),
    speakers: [...new Set(utterances.flatMap(({ speaker }) => speaker ?? []))].slice(0, mostSpeakers),
    durationMs: utterances.reduce((latest, { endMs }) => Math.max(latest, endMs), 0),
    problems,
    language,
    service,
  }
}

function indexed(utterance: Utterance): IndexedUtterance {
  const { text, speaker } = utterance
  return {
    ...utterance,
    searchWords: searchWords(text).map(({ word }) => word),
    foldedSpeaker: speaker === null ? null : fold(speaker),
  }
}
