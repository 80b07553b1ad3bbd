import { fold } from './fold.ts'

/** A keyword made ready to be looked for. `isWords` for one in quotation marks. */
export type Keyword = { text: string; needle: string; isWords: boolean }

/** A title made ready to be searched; its words only once they are asked for. */
export type SearchableTitle = { folded: string; words: string | null }

const sign = String.raw`[\p{L}\p{M}\p{N}_]`
/** Of scripts that put no spaces between words. */
const letter = String.raw`(?=[\p{L}\p{N}])[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]`
/** A word; in those scripts each letter with its marks is one, so that words are found wherever they stand. */
const word = new RegExp(String.raw`${letter}\p{M}*|(?:(?!${letter})${sign})+`, 'gu')

/** A folded text as its words with a space before, between and after them, so that whole words can be found in it. */
function wordsOf(folded: string): string {
  const words = folded.match(word)
  return words ? ` ${words.join(' ')} ` : ''
}

/**
 * Reads a keyword as a user wrote it: `sales` is looked for anywhere in a title, `"sales"` as a whole word (or several).
 * @returns null when nothing is left to look for
 */
export function readKeyword(text: string): Keyword | null {
  const folded = fold(text)
  const quoted = /^"(.*)"$/.exec(folded)?.[1]
  const needle = quoted === undefined ? folded : wordsOf(quoted)
  return needle === '' ? null : { text, needle, isWords: quoted !== undefined }
}

export function readKeywords(texts: readonly string[]): Keyword[] {
  return texts.map(readKeyword).filter((keyword) => keyword !== null)
}

export function searchableTitle(title: string): SearchableTitle {
  return { folded: fold(title), words: null }
}

/** The first of these keywords that stands in the title; undefined when none does. */
export function findKeyword(keywords: readonly Keyword[], title: SearchableTitle): Keyword | undefined {
  return keywords.find(({ needle, isWords }) => {
    if (!isWords) return title.folded.includes(needle)
    title.words ??= wordsOf(title.folded)
    return title.words.includes(needle)
  })
}

/** Whether every title with the keyword `inner` in it has `outer` in it, too. */
export function alwaysContains(inner: Keyword, outer: Keyword): boolean {
  if (inner.isWords === outer.isWords) return inner.needle.includes(outer.needle)
  // Anything may stand between words in quotation marks.
  if (inner.isWords) return inner.needle.split(' ').some((word) => word.includes(outer.needle))
  // The ends of an unquoted keyword may be parts of longer words; only what lies between is whole.
  const inside = inner.needle.replace(/^[\p{L}\p{M}\p{N}_]+/u, '').replace(/[\p{L}\p{M}\p{N}_]+$/u, '')
  return wordsOf(inside).includes(outer.needle)
}
