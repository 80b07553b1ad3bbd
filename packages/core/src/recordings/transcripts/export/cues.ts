import { cutText } from '../../../basics/cut-text.ts'
import type { Utterance, Word } from '../utterance.ts'

/** What a player shows at once: at most two lines of 42 UTF-16 code units, for at most seven seconds. */
export type Cue = { startMs: number; endMs: number; lines: string[] }

export const longestLine = 42
export const mostLines = 2
export const longestCueMs = 7_000
/** So that short words can be seen. */
const shortestCueMs = 700

type Token = { text: string; startMs: number; endMs: number }

/**
 * Cuts an utterance into cues. They begin and end with the words in them. Where the source has no times for words, every
 * letter takes as long as the others.
 * @param prefix stands in front of the text, such as who speaks
 */
export function cuesOf(utterance: Utterance, prefix = ''): Cue[] {
  const cues: Cue[] = []
  const name = piecesOf(prefix).map((text) => ({ text, startMs: utterance.startMs, endMs: utterance.startMs }))
  for (const token of [...name, ...tokensOf(utterance)]) {
    const last = cues.at(-1)
    if (!last || token.endMs - last.startMs > longestCueMs || !addTo(last, token)) {
      cues.push({ startMs: token.startMs, endMs: token.endMs, lines: [token.text] })
    }
  }
  return cues.map(({ startMs, endMs, lines }) => {
    const shown = Math.min(Math.max(endMs - startMs, shortestCueMs), longestCueMs)
    return { startMs, endMs: startMs + shown, lines }
  })
}

/** Adds a token to a cue, if there is room for it. */
function addTo(cue: Cue, { text, endMs }: Token): boolean {
  const line = `${cue.lines.at(-1)} ${text}`
  if (line.length <= longestLine) cue.lines.splice(-1, 1, line)
  else if (cue.lines.length < mostLines) cue.lines.push(text)
  else return false
  cue.endMs = Math.max(cue.endMs, endMs)
  return true
}

/** The words of a text, and pieces of words that are longer than a line. */
function piecesOf(text: string): string[] {
  return text.split(' ').flatMap((word) => {
    const pieces: string[] = []
    for (let rest = word; rest !== ''; rest = rest.slice(pieces.at(-1)?.length)) pieces.push(cutText(rest, longestLine))
    return pieces
  })
}

function tokensOf(utterance: Utterance): Token[] {
  const pieces = piecesOf(utterance.text)
  const letters = pieces.reduce((sum, { length }) => sum + length, 0)
  const timeAt = clockOf(utterance)
  let done = 0
  let startMs = utterance.startMs
  return pieces.map((text) => {
    // The words of a source need not be in the order of time.
    startMs = Math.max(startMs, timeAt(done / letters).startMs)
    done += text.length
    return { text, startMs, endMs: Math.max(startMs, timeAt(done / letters, true).endMs) }
  })
}

type Span = Pick<Word, 'startMs' | 'endMs'>

/** Says when a share of the letters of an utterance was spoken. `before`: the letter that ends there. */
function clockOf({ startMs, endMs, words }: Utterance): (share: number, before?: boolean) => Span {
  if (words.length === 0) {
    return (share) => {
      const ms = Math.round(startMs + (endMs - startMs) * share)
      return { startMs: ms, endMs: ms }
    }
  }
  const ends: number[] = []
  let letters = 0
  for (const { text } of words) ends.push((letters += text.length))
  let at = 0
  return (share, before = false) => {
    // Words seldom have exactly the letters of the text, so the comparison is not exact either.
    const place = share * letters + (before ? -0.5 : 0.5)
    while (at < words.length - 1 && (ends[at] as number) < place) at += 1
    return words[at] as Word
  }
}
