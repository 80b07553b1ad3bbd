import { isUnspaced, readerWords, searchWords } from './words.ts'

/** Words that stand side by side, in this order. */
export type Phrase = readonly string[]

/** What a search looks for: all of `wanted`, and none of `excluded`. */
export type SearchQuery = { wanted: readonly Phrase[]; excluded: readonly Phrase[] }

const quotationMarks = /[“”„‟«»〝〞〟＂]/g
const part = /(-?)"([^"]*)"?|(\S+)/g

/**
 * Reads what a person types into a search field: words, `"a phrase"`, `-without`, `-"without a phrase"`. There are no
 * mistakes: any text is read somehow.
 * @returns null when there is nothing to look for, as in a text of signs or with exclusions only
 */
export function readSearchQuery(text: string): SearchQuery | null {
  const wanted: Phrase[] = []
  const excluded: Phrase[] = []
  for (const [, minus, quoted, plain] of text.normalize('NFC').replace(quotationMarks, '"').matchAll(part)) {
    if (quoted !== undefined) (minus ? excluded : wanted).push(phraseOf(quoted))
    else if (plain?.startsWith('-')) excluded.push(phraseOf(plain))
    else wanted.push(...phrasesOf(plain as string))
  }
  const [all, none] = [wanted.filter(isPhrase), excluded.filter(isPhrase)]
  return all.length > 0 ? { wanted: all, excluded: none } : null
}

const isPhrase = ({ length }: Phrase): boolean => length > 0

const phraseOf = (text: string): Phrase => searchWords(text).map(({ word }) => word)

/**
 * `e-mail` and `l'équipe` are words that stand side by side. Where people write no spaces, a dictionary finds the words,
 * and they need not stand side by side.
 */
function phrasesOf(plain: string): Phrase[] {
  return isUnspaced(plain) ? readerWords(plain).map(phraseOf) : [phraseOf(plain)]
}
