import { countProblem, type TranscriptProblems } from './problems.ts'
import type { RawUtterance, RawWord } from './repair.ts'

type Entry = Record<string, unknown>

/** Whether a value is an object, so that its fields may be read. */
export const isEntry = (value: unknown): value is Entry => typeof value === 'object' && value !== null

/** A field of something that may be no object. */
export const fieldOf = (value: unknown, name: string): unknown => (isEntry(value) ? value[name] : undefined)

/** The items of something that may be no list. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/**
 * Utterances and words of all the services that Seer knows. They differ in few names, and the vendor's two versions
 * differ as much from each other as from other services.
 */
export function rawUtterances(entries: readonly unknown[], problems: TranscriptProblems): RawUtterance[] {
  const objects = entries.filter((entry) => isEntry(entry) && !Array.isArray(entry)) as Entry[]
  countProblem(problems, 'not_an_utterance', entries.length - objects.length)
  return objects.map((entry) => ({
    speaker: entry['speaker'],
    start: entry['start'] ?? entry['start_time'] ?? entry['offset'],
    end: entry['end'] ?? entry['end_time'],
    text: entry['text'] ?? entry['transcript'],
    words: rawWords(listOf(entry['words'])),
    language: entry['language'] ?? entry['detected_language'],
  }))
}

/** The words of an utterance, by whichever names the source has for their fields. Nothing is checked yet. */
export function rawWords(entries: readonly unknown[]): RawWord[] {
  return entries.map((entry) => ({
    text: fieldOf(entry, 'punctuated_word') ?? fieldOf(entry, 'word') ?? fieldOf(entry, 'text'),
    start: fieldOf(entry, 'start') ?? fieldOf(entry, 'start_time'),
    end: fieldOf(entry, 'end') ?? fieldOf(entry, 'end_time'),
  }))
}

const longestGapSeconds = 1.2
const mostWordsInRow = 60

/** Utterances of single words: one ends where somebody else speaks, after a pause, or after sixty words. */
export function utterancesOfWords(entries: readonly unknown[]): RawUtterance[] {
  const found: RawUtterance[] = []
  let words: unknown[] = []
  const finish = () => {
    if (words.length === 0) return
    const [first, last] = [rawWords(words)[0], rawWords(words).at(-1)]
    found.push({ speaker: fieldOf(words[0], 'speaker'), start: first?.start, end: last?.end, words: rawWords(words) })
    words = []
  }
  for (const entry of entries) {
    const last = words.at(-1)
    const gap = Number(fieldOf(entry, 'start')) - Number(fieldOf(last, 'end'))
    const isOther = fieldOf(entry, 'speaker') !== fieldOf(last, 'speaker')
    if (last && (isOther || gap > longestGapSeconds || words.length >= mostWordsInRow)) finish()
    words.push(entry)
  }
  finish()
  return found
}
