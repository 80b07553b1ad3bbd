import { decodeHTMLStrict } from 'entities'

/** For each character: all the characters that look like it. */
const lookalikes: [string, RegExp][] = [
  // Apostrophes and single quotation marks: typed, curly, as a letter, as an accent, as a prime, Hebrew, Armenian.
  ["'", /[`´‘’‚‛′‵‹›ʹʻʼʽˈˊˋꞌ՚׳]/g],
  ['"', /[“”„‟″‶«»〝〞〟״ʺ]/g],
  ['~', /[〜∼˜]/g],
  ['-', /[\p{Pd}−⁃˗]+/gu],
  [':', /[∶ː]/g],
  ['/', /[⁄∕]/g],
]

/** Latin letters with a stroke. Unicode does not treat the stroke as an accent. */
const strokes: Record<string, string> = { Ø: 'O', Ł: 'L', Đ: 'D', Ħ: 'H', Ŧ: 'T' }
/** The accents of Latin, Greek and Cyrillic letters. */
const accents = /[\u0300-\u036f]|[\u1ab0-\u1aff]|[\u1dc0-\u1dff]|[\ufe20-\ufe2f]/g
/** Characters that nobody sees: soft hyphens, zero-width characters, direction marks, variation selectors. */
const invisible = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]+/gu
/** Printable ASCII without look-alikes or runs of spaces or hyphens. */
const isPlain = /^(?:[!-%'-,./-_a-~]|-(?!-)| (?! ))*$/

/**
 * The form in which titles and keywords are compared: upper case, single spaces, no accents on Latin, Greek and
 * Cyrillic letters, one character for all that look alike. Marks of other scripts stay, because there they tell words
 * apart. A folded text does not change when it is folded again. docs/rules.md tells users about this.
 */
export function fold(text: string): string {
  if (isPlain.test(text)) return text.toUpperCase().trim()
  let folded = text
  // Decoding may bring up something else to fold: `&amp;quot;` is a quotation mark.
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
  // Upper case makes ß and ss equal, and both forms of the Greek sigma. For ẞ the text must be lower case before.
  const upper = plain.toLowerCase().toUpperCase()
  return upper
    .replace(/[ØŁĐĦŦ]/g, (letter) => strokes[letter] as string)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

const anyLookalike = new RegExp(lookalikes.map(([, all]) => all.source).join('|'), 'u')

function unify(text: string): string {
  // Most texts have no look-alike, and this one search is cheaper than six.
  if (!anyLookalike.test(text)) return text
  return lookalikes.reduce((unified, [sign, all]) => unified.replace(all, sign), text)
}
