import type { Phrase, SearchQuery } from './search-query.ts'
import { type SearchWord, searchWords } from './words.ts'

/** Where a text matches a query: UTF-16 code units, from the first to the one behind the last. */
export type Highlight = [start: number, end: number]

/** The places of all that a query wants, in order; neither overlapping nor touching. */
export function highlightsOf(text: string, { wanted }: SearchQuery): Highlight[] {
  const words = searchWords(text)
  const found = wanted.flatMap((phrase) => placesOf(words, phrase)).sort(([a], [b]) => a - b)
  const merged: Highlight[] = []
  for (const [start, end] of found) {
    const last = merged.at(-1)
    if (last && start <= last[1]) last[1] = Math.max(last[1], end)
    else merged.push([start, end])
  }
  return merged
}

function placesOf(words: readonly SearchWord[], phrase: Phrase): Highlight[] {
  return words.flatMap(({ start }, i) => {
    const last = words[i + phrase.length - 1]
    const isHere = last && phrase.every((word, at) => words[i + at]?.word === word)
    return isHere ? [[start, last.end] satisfies Highlight] : []
  })
}
