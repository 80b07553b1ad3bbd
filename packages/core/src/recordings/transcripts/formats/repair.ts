import { latestMs, longestText, mostUtterances, mostWords, type Utterance, type Word } from '../utterance.ts'
import { cleanLanguage, cleanSpeaker, cleanText } from './clean-text.ts'
import { countProblem, type TranscriptProblems } from './problems.ts'
import { splitLong } from './split-long.ts'

/** An utterance as a source has it. Nothing is known about the values. Times are seconds. */
export type RawUtterance = {
  speaker?: unknown
  start?: unknown
  end?: unknown
  text?: unknown
  words?: readonly RawWord[]
  language?: unknown
}
export type RawWord = { text?: unknown; start?: unknown; end?: unknown }

/**
 * Makes utterances of what a source has, by the rules in problems.ts. It never throws.
 * @param offsetMs is added to all times
 */
export function repair(raws: readonly RawUtterance[], problems: TranscriptProblems, offsetMs = 0): Utterance[] {
  const utterances: Utterance[] = []
  let knownEnd = offsetMs
  countProblem(problems, 'too_much', raws.length - mostUtterances)
  for (const raw of raws.slice(0, mostUtterances)) {
    const utterance = repairOne(raw, { knownEnd, offsetMs, problems })
    if (!utterance) continue
    knownEnd = utterance.endMs
    if (utterance.text.length > longestText) {
      countProblem(problems, 'split')
      for (const part of splitLong(utterance)) utterances.push(part)
    } else {
      utterances.push(utterance)
    }
  }
  return utterances
}

/** Sorts by start, and counts what overlaps. */
export function inOrder(utterances: readonly Utterance[], problems: TranscriptProblems): Utterance[] {
  let latest = 0
  for (const { startMs } of utterances) {
    if (startMs < latest) countProblem(problems, 'unordered')
    latest = Math.max(latest, startMs)
  }
  const sorted = utterances.toSorted((a, b) => a.startMs - b.startMs)
  let end = 0
  for (const { startMs, endMs } of sorted) {
    if (startMs < end) countProblem(problems, 'overlapping')
    end = Math.max(end, endMs)
  }
  return sorted
}

type Around = { knownEnd: number; offsetMs: number; problems: TranscriptProblems }

function repairOne(raw: RawUtterance, { knownEnd, offsetMs, problems }: Around): Utterance | null {
  const all = timedWords(raw.words ?? [], offsetMs, problems)
  const text = cleanText(raw.text, problems) || joinWords(all.map((word) => word.text))
  countProblem(problems, 'too_much', all.length - mostWords)
  const words = all.slice(0, mostWords)
  if (text === '') {
    countProblem(problems, 'no_text')
    return null
  }
  const given = { startMs: toMs(raw.start, offsetMs), endMs: toMs(raw.end, offsetMs) }
  const startMs = given.startMs ?? words.find((word) => word.startMs !== null)?.startMs ?? knownEnd
  const lastWord = words.findLast((word) => word.endMs !== null)?.endMs ?? startMs
  const endMs = given.endMs !== null && given.endMs >= startMs ? given.endMs : Math.max(startMs, lastWord)
  const isWrong = given.startMs === null || given.endMs !== endMs
  const placed = placeWords(words, startMs, endMs)
  if (isWrong || placed.isRepaired) countProblem(problems, 'times_repaired')
  const speaker = cleanSpeaker(raw.speaker, problems)
  if (speaker === null) countProblem(problems, 'no_speaker')
  return { speaker, startMs, endMs, text, words: placed.words, language: cleanLanguage(raw.language) }
}

type TimedWord = { text: string; startMs: number | null; endMs: number | null }

function timedWords(raws: readonly RawWord[], offsetMs: number, problems: TranscriptProblems): TimedWord[] {
  const words: TimedWord[] = []
  for (const { text: given, start, end } of raws) {
    const text = cleanText(given, problems)
    if (text === '') countProblem(problems, 'no_text')
    else words.push({ text, startMs: toMs(start, offsetMs), endMs: toMs(end, offsetMs) })
  }
  return words
}

/** Puts words into their utterance. A word without a time begins where the word before it ended. */
function placeWords(words: readonly TimedWord[], from: number, to: number): { words: Word[]; isRepaired: boolean } {
  const within = (ms: number) => Math.min(Math.max(ms, from), to)
  let knownEnd = from
  let isRepaired = false
  const placed = words.map(({ text, startMs: start, endMs: end }) => {
    const startMs = within(start ?? knownEnd)
    const endMs = Math.max(startMs, within(end ?? startMs))
    isRepaired ||= startMs !== start || endMs !== end
    knownEnd = endMs
    return { text, startMs, endMs }
  })
  return { words: placed, isRepaired }
}

/** Whole milliseconds of a time in seconds; null for what is no time within a recording. */
export function toMs(seconds: unknown, offsetMs = 0): number | null {
  const number = typeof seconds === 'string' && seconds.trim() !== '' ? Number(seconds) : seconds
  if (typeof number !== 'number' || !(number >= 0)) return null
  const ms = Math.round(number * 1_000) + offsetMs
  return ms <= latestMs ? ms : null
}

const unspaced = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]`
const spaceInUnspaced = new RegExp(`(?<=${unspaced}) (?=${unspaced})`, 'gu')

/** A text from words, with spaces only in scripts that have them. */
export function joinWords(words: readonly string[]): string {
  return words.join(' ').replace(spaceInUnspaced, '')
}
