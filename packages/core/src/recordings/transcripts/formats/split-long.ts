import { cutText } from '../../../basics/cut-text.ts'
import { longestText, type Utterance, type Word } from '../utterance.ts'

/**
 * Cuts an utterance that is too long, at spaces where there are any. Words go with the part that holds as many letters.
 * Without words the time of a part follows from its share of the text.
 */
export function splitLong(utterance: Utterance): Utterance[] {
  const texts = partsOf(utterance.text)
  const parts: Utterance[] = []
  let { startMs } = utterance
  let words = utterance.words
  let done = 0
  for (const [i, text] of texts.entries()) {
    const isLast = i === texts.length - 1
    done += text.length
    const own = isLast ? words : words.slice(0, wordsFor(text, words))
    words = words.slice(own.length)
    const share: number = utterance.startMs + ((utterance.endMs - utterance.startMs) * done) / utterance.text.length
    const end = isLast ? utterance.endMs : (own.at(-1)?.endMs ?? Math.round(share))
    const endMs = Math.min(utterance.endMs, Math.max(startMs, end))
    parts.push({ ...utterance, text, startMs, endMs, words: own.map((word) => within(word, startMs, endMs)) })
    startMs = endMs
  }
  return parts
}

function within({ text, startMs, endMs }: Word, from: number, to: number): Word {
  const limit = (ms: number) => Math.min(Math.max(ms, from), to)
  return { text, startMs: limit(startMs), endMs: limit(endMs) }
}

/** How many words have as many letters as the text. */
function wordsFor(text: string, words: readonly Word[]): number {
  let left = lettersIn(text)
  let count = 0
  for (const word of words) {
    left -= lettersIn(word.text)
    if (left < 0) break
    count += 1
  }
  return count
}

const lettersIn = (text: string): number => text.replaceAll(' ', '').length

function partsOf(text: string): string[] {
  const parts: string[] = []
  let rest = text
  while (rest.length > longestText) {
    const space = rest.lastIndexOf(' ', longestText)
    const part = space > longestText / 2 ? rest.slice(0, space) : cutText(rest, longestText)
    parts.push(part.trim())
    rest = rest.slice(part.length).trim()
  }
  return rest === '' ? parts : [...parts, rest]
}
