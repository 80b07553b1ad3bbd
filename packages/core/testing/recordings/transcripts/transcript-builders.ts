import type { ReadTranscript } from '../../../src/recordings/transcripts/formats/read-outcome.ts'
import type { Utterance } from '../../../src/recordings/transcripts/utterance.ts'

/** Two seconds of speech that begin at `second`. `words`: how many words have times. */
export function said(speaker: string | null, second: number, text: string, { words = 0 } = {}): Utterance {
  const startMs = second * 1_000
  const timed = text.split(' ').slice(0, words)
  return {
    speaker,
    startMs,
    endMs: startMs + 2_000,
    text,
    words: timed.map((word, i) => ({ text: word, startMs: startMs + i * 100, endMs: startMs + i * 100 + 90 })),
    language: 'en',
  }
}

export function aTranscript(utterances: Utterance[]): ReadTranscript {
  return { utterances, language: 'en', service: 'gladia', problems: { overlapping: 1 } }
}
