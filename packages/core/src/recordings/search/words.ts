import { cutText } from '../../basics/cut-text.ts'
import { fold } from '../../rules/fold.ts'

/** A word to search by, and where it stands: UTF-16 code units, from the first to the one behind the last. */
export type SearchWord = { word: string; start: number; end: number }

/**
 * Letters of scripts that put no spaces between words, or, as Korean, write particles at the end of words.
 */
const unspaced = String.raw`(?=[\p{L}\p{N}])[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}\p{scx=Tibt}]`
/** What may follow a letter and belongs to it, also the voicing marks of half-width Japanese. */
const marks = String.raw`[\p{M}\uff9e\uff9f\p{Default_Ignorable_Code_Point}]*`
const spaced = String.raw`(?:(?!${unspaced})[\p{L}\p{M}\p{N}\p{Default_Ignorable_Code_Point}])+`
const unit = new RegExp(`${unspaced}${marks}|${spaced}`, 'gu')
const anyUnspaced = new RegExp(unspaced, 'u')

/** PostgreSQL takes at most 2,046 bytes, and nobody looks for longer words. */
const longestWord = 64

/**
 * The words of a text as search knows them: folded as titles and keywords are (`fold`), so that case and accents make no
 * difference. In scripts without spaces each letter counts as a word. A dictionary would cut the same word differently
 * from sentence to sentence and from version to version, and what it cut differently would not be found; letters that
 * stand side by side are always found.
 */
export function searchWords(text: string): SearchWord[] {
  const words: SearchWord[] = []
  for (const match of text.matchAll(unit)) {
    const end = match.index + match[0].length
    // Folding may make several words of one, as of ½.
    for (const [word] of fold(match[0]).matchAll(unit)) {
      words.push({ word: cutText(word, longestWord), start: match.index, end })
    }
  }
  return words
}

const segmenter = new Intl.Segmenter('en', { granularity: 'word' })

/** Whether a text has letters of a script without spaces. */
export const isUnspaced = (text: string): boolean => anyUnspaced.test(text)

/** The words as a reader counts them. Scripts without spaces are cut by a dictionary. */
export function readerWords(text: string): string[] {
  return [...segmenter.segment(text)].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []))
}
