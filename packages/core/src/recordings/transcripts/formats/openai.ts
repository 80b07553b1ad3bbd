import { fieldOf, listOf, rawUtterances, rawWords, utterancesOfWords } from './entries.ts'
import type { TranscriptProblems } from './problems.ts'
import { type Found, readWith } from './read.ts'
import type { ReadOutcome } from './read-outcome.ts'
import { type RawUtterance, type RawWord, repair } from './repair.ts'

/**
 * Reads the answer of a server with OpenAI's API: `verbose_json` (segments and, beside them, words), `diarized_json`
 * (segments with speakers `A`, `B`, …) and `json` (a text without times). Source:
 * https://developers.openai.com/api/reference/resources/audio
 */
export function readOpenai(content: unknown): ReadOutcome {
  return readWith(content, openaiAnswer)
}

function openaiAnswer(content: unknown, problems: TranscriptProblems): Found | null {
  const [segments, words, text] = [fieldOf(content, 'segments'), fieldOf(content, 'words'), fieldOf(content, 'text')]
  if (!Array.isArray(segments) && !Array.isArray(words) && typeof text !== 'string') return null
  return {
    utterances: repair(rawsOf(content, problems), problems),
    language: fieldOf(content, 'language'),
  }
}

function rawsOf(content: unknown, problems: TranscriptProblems): RawUtterance[] {
  const segments = listOf(fieldOf(content, 'segments'))
  const words = listOf(fieldOf(content, 'words'))
  if (segments.length > 0) {
    const raws = rawUtterances(segments, problems).map((raw) => ({ ...raw, speaker: labelOf(raw.speaker) }))
    return withWords(raws, rawWords(words))
  }
  if (words.length > 0) return utterancesOfWords(words)
  const text = fieldOf(content, 'text')
  return text === '' ? [] : [{ text, start: 0, end: fieldOf(content, 'duration') }]
}

/** OpenAI names unknown speakers by letters. */
function labelOf(speaker: unknown): unknown {
  return typeof speaker === 'string' && /^[A-Z]$/.test(speaker) ? `Speaker ${speaker}` : speaker
}

/** Gives each segment the words whose middle lies before its end. Both come in order of time. */
function withWords(segments: RawUtterance[], words: readonly RawWord[]): RawUtterance[] {
  if (words.length === 0) return segments
  let next = 0
  return segments.map((segment, i) => {
    const from = next
    const end = i === segments.length - 1 ? Number.POSITIVE_INFINITY : Number(segment.end)
    while (next < words.length && middleOf(words[next]) < end) next += 1
    return next > from ? { ...segment, words: words.slice(from, next) } : segment
  })
}

const middleOf = (word: RawWord | undefined): number => (Number(word?.start) + Number(word?.end)) / 2
