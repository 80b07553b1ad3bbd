/** A keyword made ready to be looked for. `isWords` for one in quotation marks. */
export type Keyword = { text: string; needle: string; isWords: boolean }

/** A title made ready to be searched; its words only once they are asked for. */
export type SearchableTitle = { folded: string; words: string | null }

/**
 * The form in which titles and keywords are compared: without case, without accents of Latin, Greek and Cyrillic letters,
 * with single spaces. Marks of other scripts stay, because they tell words apart there.
 */
export function fold(text: string): string {
  // Upper case rather than lower: it makes ß and ss equal, and both forms of the Greek sigma.
  const plain = isAscii(text) ? text : withoutAccents(text)
  const upper = plain.toUpperCase()
  return /^\s|\s$|\s\s|[\t\n\r]/.test(upper) ? upper.replace(/\s+/g, ' ').trim() : upper
}

const isAscii = (text: string): boolean => !/[^\x20-\x7e]/.test(text)

const withoutAccents = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]+/g, '')
    .normalize('NFC')

/** A folded text as its words with a space before, between and after them, so that whole words can be found in it. */
function wordsOf(folded: string): string {
  const words = folded.match(/[\p{L}\p{M}\p{N}_]+/gu)
  return words ? ` ${words.join(' ')} ` : ''
}

/**
 * Reads a keyword as a user wrote it: `sales` is looked for anywhere in a title, `"sales"` as a whole word (or several).
 * @returns null when nothing is left to look for
 */
export function readKeyword(text: string): Keyword | null {
  const quoted = /^["“”„«»](.*)["“”„«»]$/.exec(text.trim())?.[1]
  const needle = quoted === undefined ? fold(text) : wordsOf(fold(quoted))
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
