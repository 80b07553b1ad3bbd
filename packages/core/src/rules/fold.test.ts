import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { fold } from './fold.ts'
import { findKeyword, type Keyword, readKeyword, searchableTitle } from './keywords.ts'

const finds = (keyword: string, title: string): boolean =>
  findKeyword([readKeyword(keyword) as Keyword], searchableTitle(title)) !== undefined

describe('texts that look alike are equal', () => {
  test.each([
    ['a curly apostrophe', 'don’t record', "don't record"],
    [
      'the other single marks',
      'don‘t don‛t donʼt don´t don`t don′t don＇t',
      "don't don't don't don't don't don't don't",
    ],
    ['quotation marks', '“a” „b‟ «c» ＂d＂ ″e″', '"a" "b" "c" "d" "e"'],
    ['dashes and hyphens', 'a‐b a‑b a‒b a–b a—b a―b a−b a－b a--b', 'a-b a-b a-b a-b a-b a-b a-b a-b a-b'],
    ['wave dashes', '10〜11', '10~11'],
    ['a soft hyphen', 'con\u00adfidential', 'confidential'],
    ['zero-width characters', 'con\u200bfi\u200cden\u200dtial\u2060\ufeff', 'confidential'],
    ['marks of direction', '\u202aconfi\u200edential\u202c \u2067board\u2069\u061c', 'confidential board'],
    ['a variation selector', 'board ❤️', 'board ❤'],
    ['joined emoji', '👩‍💻', '👩💻'],
    ['full width', 'ＢＯＡＲＤ　１：１', 'board 1:1'],
    ['half width', 'ｶﾞｲﾄﾞ', 'ガイド'],
    ['ligatures and styled letters', 'ﬁnance 𝐁𝐨𝐚𝐫𝐝 ①', 'finance board 1'],
    ['sharp s', 'Straße STRAẞE', 'strasse strasse'],
    ['dotted and dotless i', 'İSTANBUL toplantı', 'istanbul toplanti'],
    ['the final sigma', 'ΟΔΟΣ', 'οδος'],
    ['accents, composed or not', 'E\u0301valuation Łódź Søren Đà', 'évaluation lodz soren da'],
    ['odd spaces', 'a\u00a0b\u3000c\u2009d\u2028e\u180ef\u0007g', 'a b c d ef g'],
    ['an ellipsis', 'wait…', 'wait...'],
    ['HTML entities', 'R&amp;D &#39;x&#x27; &quot;y&quot; a&nbsp;b caf&eacute; &ndash;', 'R&D \'x\' "y" a b café -'],
    ['entities twice', 'R&amp;amp;D', 'R&D'],
    ['a fraction', '½', '1/2'],
    ['a ratio sign', '1∶1', '1:1'],
  ])('%s', (_, decorated, plain) => expect(fold(decorated)).toBe(fold(plain)))

  test.each([
    ['か', 'が'],
    ['가', '각'],
    ['ー', '-'],
    ['&unknown;', 'unknown'],
    ['AT&T', 'ATT'],
  ])('%s and %s are not equal', (a, b) => expect(fold(a)).not.toBe(fold(b)))
})

describe('a keyword', () => {
  test.each([
    ["don't record", 'Don’t record: board prep'],
    ['don’t record', "DON'T RECORD"],
    ['off-the-record', 'Off–the‑record chat'],
    ['🎉', 'Party 🎉'],
    ['❤️', 'We ❤ it'],
    ['R&D', 'R&amp;D weekly'],
    ['“board”', 'The board meets'],
    ['会議', '定例会議'],
    ['"会議"', '定例会議'],
    ['"会議"', 'Q3会議 (東京)'],
    ['"AI"', 'AI会議'],
    ['"AI"', 'サーバーAI'],
    ['"会議 東京"', '会議、東京'],
    ['ประชุม', 'การประชุมประจำเดือน'],
    ['"ประชุม"', 'การประชุมประจำเดือน'],
  ])('%s is in "%s"', (keyword, title) => expect(finds(keyword, title)).toBe(true))

  test.each([
    ['"会議"', '会 社 議'],
    ['"board"', 'onboarding'],
    ['"board"', 'over\u00adboard'],
  ])('%s is not in "%s"', (keyword, title) => expect(finds(keyword, title)).toBe(false))

  test.each([['\u200b'], ['"🎉"'], ['️'], ['&nbsp;'], ['"\u00ad"']])('%j is not a keyword', (text) =>
    expect(readKeyword(text)).toBeNull(),
  )
})

const letters = fc.string({ unit: 'binary', maxLength: 20 })
const tricky = fc
  .array(
    fc.constantFrom(
      '&',
      'amp;',
      '&lt;',
      'A',
      'ß',
      'ẞ',
      'İ',
      'ı',
      'ŉ',
      '´',
      '\u0301',
      '\u200b',
      '-',
      '\u00ad',
      ' ',
      '＆',
      '；',
      '#39;',
      'ﾞ',
      'カ',
      'ᄀ',
      'ᅡ',
      'Σ',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

test('folding twice changes nothing', async () => {
  await runModel(
    fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), letters, tricky), (text) => {
      expect(fold(fold(text))).toBe(fold(text))
    }),
    { runs: 5_000 },
  )
})

test('no character of the first two planes of Unicode changes when it is folded twice', () => {
  const odd: string[] = []
  for (let first = 0; first <= 0x1ffff; first += 64) {
    const characters = Array.from({ length: 64 }, (_, i) => String.fromCodePoint(first + i))
    const once = fold(characters.join('a'))
    if (fold(once) !== once) odd.push(first.toString(16))
  }
  expect(odd).toEqual([])
})

/** Changes that mail and calendar programs make to a text, and that people do not notice. */
const decorations: ((text: string, at: number) => string)[] = [
  (text) => text.replaceAll("'", '’').replaceAll('-', '–').replaceAll('"', '”'),
  (text) => text.replaceAll(' ', '\u00a0'),
  (text) => text.replaceAll('&', '&amp;').replaceAll("'", '&#39;'),
  (text) => text.toUpperCase(),
  (text) => text.toLowerCase(),
  (text) => text.normalize('NFD'),
  (text) => text.replace(/[!-~]/g, (char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)),
  (text, at) => {
    const place = at % (text.length + 1)
    return `${text.slice(0, place)}\u00ad\u200e${text.slice(place)}`
  },
  (text) => `\u202a${text}\u202c`,
]

test('a decoration of the title or the keyword never changes a match', async () => {
  const text = fc
    .array(fc.constantFrom('board', "don't", 'R&D', 'off-site', 'é', '会議', 'ß', '1:1', '🎉', ' '), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.join(''))
    .filter((parts) => parts.trim() !== '')
  const decoration = fc.tuple(fc.constantFrom(...decorations), fc.nat(20))
  const quote = fc.constantFrom('', '"')
  await runModel(
    fc.property(text, text, decoration, decoration, quote, (keyword, title, [a, i], [b, j], mark) => {
      const asked = (needle: string) => [readKeyword(mark + needle + mark)].filter((read) => read !== null)
      const plain = asked(keyword)
      const dressed = asked(a(keyword, i))
      expect(dressed).toHaveLength(plain.length)
      const isIn = (needles: Keyword[], text: string) => findKeyword(needles, searchableTitle(text)) !== undefined
      expect(isIn(dressed, b(title, j))).toBe(isIn(plain, title))
    }),
    { runs: 3_000 },
  )
})
