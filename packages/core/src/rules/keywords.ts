import { fold } from './fold.ts'

/** A keyword, ready to be looked for. `isWords`: it stood in quotation marks, so only whole words match. */
export type Keyword = { text: string; needle: string; isWords: boolean }

/** A title, ready to be searched. `words` is filled when a keyword first needs it. */
export type SearchableTitle = { folded: string; words: string | null }

const sign = String.raw`[\p{L}\p{M}\p{N}_]`
/** Letters of scripts that put no spaces between words. */
const letter = String.raw`(?=[\p{L}\p{N}])[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]`
/** A word. In those scripts each letter with its marks counts as a word, so a keyword is found anywhere in the text. */
const word = new RegExp(String.raw`${letter}\p{M}*|(?:(?!${letter})${sign})+`, 'gu')

/** The words of a folded text with a space before, between and after them, so that `includes` finds whole words. */
function wordsOf(folded: string): string {
  const words = folded.match(word)
  return words ? ` ${words.join(' ')} ` : ''
}

/**
 * Reads a keyword as a user wrote it. `sales` is looked for anywhere in a title, `"sales"` as a whole word (or
 * several).
 * @returns null when nothing is left to look for
 */
export function readKeyword(text: string): Keyword | null {
  const folded = fold(text)
  const quoted = /^"(.*)"$/.exec(folded)?.[1]
  const needle = quoted === undefined ? folded : wordsOf(quoted)
  return needle === '' ? null : { text, needle, isWords: quoted !== undefined }
}

/** Prepares keywords for the comparison with titles. Leaves out texts in which nothing can be found. */
export function readKeywords(texts: readonly string[]): Keyword[] {
  return texts.map(readKeyword).filter((keyword) => keyword !== null)
}

/** Prepares a title for the comparison with keywords. */
export function searchableTitle(title: string): SearchableTitle {
  return { folded: fold(title), words: null }
}

/** The first of these keywords that the title contains; undefined when there is none. */
export function findKeyword(keywords: readonly Keyword[], title: SearchableTitle): Keyword | undefined {
  return keywords.find(({ needle, isWords }) => {
    if (!isWords) return title.folded.includes(needle)
    title.words ??= wordsOf(title.folded)
    return title.words.includes(needle)
  })
}

/** Whether every title that matches the keyword `inner` matches `outer`, too. */
export function alwaysContains(inner: Keyword, outer: Keyword): boolean {
  if (inner.isWords === outer.isWords) return inner.needle.includes(outer.needle)
  // Between the words of a quoted keyword a title may have anything, so one of the words must contain `outer`.
  if (inner.isWords) return inner.needle.split(' ').some((word) => word.includes(outer.needle))
  // The ends of an unquoted keyword may be parts of longer words. Only what lies between them is whole words.
  const inside = inner.needle.replace(/^[\p{L}\p{M}\p{N}_]+/u, '').replace(/[\p{L}\p{M}\p{N}_]+$/u, '')
  return wordsOf(inside).includes(outer.needle)
}
