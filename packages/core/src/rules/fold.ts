import { decodeHTMLStrict } from 'entities'

/** Characters that people take for one another, by the one that stands for all of them. */
const lookalikes: [string, RegExp][] = [
  // Apostrophes and single quotation marks: typed, curly, as a letter, as an accent, as a prime, Hebrew, Armenian.
  ["'", /[`´‘’‚‛′‵‹›ʹʻʼʽˈˊˋꞌ՚׳]/g],
  ['"', /[“”„‟″‶«»〝〞〟״ʺ]/g],
  ['~', /[〜∼˜]/g],
  ['-', /[\p{Pd}−⁃˗]+/gu],
  [':', /[∶ː]/g],
  ['/', /[⁄∕]/g],
]

/** Latin letters with a stroke, which Unicode does not take for accents. */
const strokes: Record<string, string> = { Ø: 'O', Ł: 'L', Đ: 'D', Ħ: 'H', Ŧ: 'T' }
/** Of Latin, Greek and Cyrillic letters. */
const accents = /[\u0300-\u036f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\ufe20-\ufe2f]/g
/** What nobody sees: soft hyphens, zero-width characters, marks of direction, variation selectors. */
const invisible = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]+/gu
/** Printable ASCII in which nothing is written in two ways. */
const isPlain = /^(?:[!-%'-,./-_a-~]|-(?!-)| (?! ))*$/

/**
 * The form in which titles and keywords are compared: upper case, without accents of Latin, Greek and Cyrillic letters,
 * with single spaces, and with one character for all that look alike. Marks of other scripts stay, because they tell words
 * apart there. Folded again, a text stays as it is. docs/rules.md tells users.
 */
export function fold(text: string): string {
  if (isPlain.test(text)) return text.toUpperCase().trim()
  let folded = text
  // What was decoded or composed may be something to fold: `&amp;quot;` is a quotation mark.
  for (let before = ''; folded !== before; ) {
    before = folded
    folded = foldOnce(folded)
    if (isPlain.test(folded)) return folded
  }
  return folded
}

function foldOnce(text: string): string {
  let plain = unify(text.includes('&') ? decodeHTMLStrict(text) : text)
  plain = unify(plain.normalize('NFKD')).replace(invisible, '').replace(accents, '').normalize('NFC')
  // Upper case makes ß and ss equal, and both forms of the Greek sigma; lower case first, for ẞ.
  const upper = plain.toLowerCase().toUpperCase()
  return upper
    .replace(/[ØŁĐĦŦ]/g, (letter) => strokes[letter] as string)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

const anyLookalike = new RegExp(lookalikes.map(([, all]) => all.source).join('|'), 'u')

function unify(text: string): string {
  // Most texts have none, and one search is less than six.
  if (!anyLookalike.test(text)) return text
  return lookalikes.reduce((unified, [sign, all]) => unified.replace(all, sign), text)
}
