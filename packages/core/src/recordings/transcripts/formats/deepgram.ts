import { fieldOf, listOf, rawUtterances, utterancesOfWords } from './entries.ts'
import type { TranscriptProblems } from './problems.ts'
import { type Found, readWith } from './read.ts'
import type { ReadOutcome } from './read-outcome.ts'
import { type RawUtterance, repair } from './repair.ts'

/**
 * Reads Deepgram's answer for a recording. It has utterances only if they were asked for; without them they are made of
 * the words. Source: https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded
 */
export function readDeepgram(content: unknown): ReadOutcome {
  return readWith(content, deepgramAnswer)
}

function deepgramAnswer(content: unknown, problems: TranscriptProblems): Found | null {
  const results = fieldOf(content, 'results')
  const channels = fieldOf(results, 'channels')
  const entries = fieldOf(results, 'utterances')
  if (!Array.isArray(channels) && !Array.isArray(entries)) return null
  const raws = Array.isArray(entries) ? rawUtterances(entries, problems) : listOf(channels).flatMap(ofChannel)
  return {
    utterances: repair(raws, problems),
    language: listOf(channels).map(languageOf).find(Boolean),
    service: 'deepgram',
  }
}

const bestOf = (channel: unknown): unknown => listOf(fieldOf(channel, 'alternatives'))[0]

function languageOf(channel: unknown): unknown {
  return fieldOf(channel, 'detected_language') ?? listOf(fieldOf(bestOf(channel), 'languages'))[0]
}

function ofChannel(channel: unknown): RawUtterance[] {
  const best = bestOf(channel)
  const words = listOf(fieldOf(best, 'words'))
  return words.length > 0 ? utterancesOfWords(words) : [{ text: fieldOf(best, 'transcript') }]
}
