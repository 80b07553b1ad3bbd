import { mergeSpeakers } from '../speakers/merge-speakers.ts'
import { readDiarization } from '../speakers/read-diarization.ts'
import { latestMs, type Utterance } from '../utterance.ts'
import { fieldOf, isEntry, listOf, rawUtterances } from './entries.ts'
import { countProblem, type TranscriptProblems } from './problems.ts'
import { type Found, readWith } from './read.ts'
import type { ReadOutcome } from './read-outcome.ts'
import { repair, toMs } from './repair.ts'

/** The vendor's files of one bot, as texts; null for a file that there is not. */
export type VendorFiles = {
  /** `output_transcription.json` */
  transcription: string | null
  /** `raw_transcription.json` */
  rawTranscription: string | null
  /** `diarization.jsonl` */
  diarization: string | null
}

/**
 * Reads the transcript of v2. The file with the speech service's own answer is the fallback: its speakers are numbers. If the
 * speakers are numbers or nobody, they are taken from the diarization, if there is one.
 */
export function readVendorFiles({ transcription, rawTranscription, diarization }: VendorFiles): ReadOutcome {
  const output = readWith(transcription, outputTranscription)
  if (output.outcome === 'read') {
    const isNamed = output.transcript.utterances.some(({ speaker }) => speaker !== null)
    return isNamed ? output : withSpeakers(output, diarization)
  }
  const raw = readWith(rawTranscription, rawTranscriptions)
  if (raw.outcome === 'read') return withSpeakers(raw, diarization)
  return output.reason === 'empty' ? raw : output
}

type Read = Extract<ReadOutcome, { outcome: 'read' }>

function withSpeakers({ outcome, transcript }: Read, diarization: string | null): Read {
  const turns = diarization === null ? [] : readDiarization(diarization)
  if (turns.length === 0) return { outcome, transcript }
  const utterances = mergeSpeakers(transcript.utterances, turns)
  const { no_speaker: _unknown, ...problems } = transcript.problems
  countProblem(problems, 'no_speaker', utterances.filter(({ speaker }) => speaker === null).length)
  return { outcome, transcript: { ...transcript, utterances, problems } }
}

/** Source: openapi-v2.json, OutputTranscription. */
function outputTranscription(content: unknown, problems: TranscriptProblems): Found | null {
  const result = fieldOf(content, 'result')
  const entries = fieldOf(result, 'utterances')
  if (!Array.isArray(entries)) return null
  return {
    utterances: repair(rawUtterances(entries, problems), problems),
    language: listOf(fieldOf(result, 'languages'))[0],
    service: fieldOf(content, 'provider'),
  }
}

/**
 * The speech service's answers, one for each piece of the audio, with times that count from the start of the piece. Source:
 * openapi-v2.json, RawTranscription.
 */
function rawTranscriptions(content: unknown, problems: TranscriptProblems): Found | null {
  const pieces = fieldOf(content, 'transcriptions')
  if (!Array.isArray(pieces)) return null
  const utterances: Utterance[] = []
  let offsetMs = 0
  for (const piece of pieces as unknown[]) {
    const said = repair(rawUtterances(entriesOf(piece), problems), problems, offsetMs)
    for (const utterance of said) utterances.push(utterance)
    const lastEnd = said.reduce((latest, { endMs }) => Math.max(latest, endMs), offsetMs)
    const duration = toMs(fieldOf(fieldOf(piece, 'metadata'), 'audio_duration'))
    offsetMs = Math.min(latestMs, duration === null ? lastEnd : offsetMs + duration)
  }
  const first = fieldOf(pieces[0], 'transcription')
  return {
    utterances,
    language: listOf(fieldOf(first, 'languages'))[0],
    service: fieldOf(content, 'provider'),
    hasFailed: pieces.some((piece) => isEntry(fieldOf(fieldOf(piece, 'transcription'), 'error'))),
  }
}

const entriesOf = (piece: unknown) => listOf(fieldOf(fieldOf(piece, 'transcription'), 'utterances'))
