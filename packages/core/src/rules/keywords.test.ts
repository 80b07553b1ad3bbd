import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { alwaysContains, findKeyword, type Keyword, readKeyword, searchableTitle } from './keywords.ts'

const keyword = (text: string): Keyword => readKeyword(text) as Keyword
const finds = (text: string, title: string): boolean =>
  findKeyword([keyword(text)], searchableTitle(title)) !== undefined

describe('a keyword', () => {
  test.each([
    ['sales', 'Q3 SALES call'],
    ['sales', 'Presales'],
    ['evaluation', 'Évaluation annuelle'],
    ['Évaluation', 'EVALUATION'],
    ['straße', 'STRASSE 4'],
    ['ΟΔΟΣ', 'οδος'],
    ['zoe', 'Zoë / Bo'],
    ['sales  call', 'sales\tcall'],
    ['1:1', 'Bo 1:1 Kim'],
    ['"sales"', 'Q3 sales, planning'],
    ['"sales"', '[Sales] Q3'],
    ['"sales call"', 'weekly sales - call'],
    ['„sales“', 'sales'],
    ['会議', '定例会議'],
    ['"1:1"', '1:1'],
  ])('%s is in "%s"', (text, title) => expect(finds(text, title)).toBe(true))

  test.each([
    ['sales', 'Sale'],
    ['"sales"', 'Presales'],
    ['"sales"', 'sales2'],
    ['"sales call"', 'sales and call'],
    ['"1:1"', '11:15'],
    // In this script the mark makes another word.
    ['か', 'が'],
    ['가', '각'],
  ])('%s is not in "%s"', (text, title) => expect(finds(text, title)).toBe(false))

  test.each([[''], ['  '], ['""'], ['" - "'], ['\u0301']])('%j is not a keyword', (text) =>
    expect(readKeyword(text)).toBeNull(),
  )
})

test.each([
  ['sales call', 'sales', true],
  ['sales call', 'les', true],
  ['sales', 'sales call', false],
  ['"sales call"', '"call"', true],
  ['"sales call"', '"all"', false],
  // The title "presales call" has the first but not the second.
  ['sales call', '"sales"', false],
  ['a sales call', '"sales"', true],
  ['"sales"', 'sale', true],
])('whether every title with %s has %s: %s', (inner, outer, expected) => {
  expect(alwaysContains(keyword(inner), keyword(outer))).toBe(expected)
})

test('when a keyword always contains another, every title with the first has the second', async () => {
  const word = fc.constantFrom('a', 'b', 'ab', 'a b', '"a"', '"b"', '"a b"', 'b a b', '"ab"', 'a-b')
  const title = fc.array(fc.constantFrom('a', 'b', 'ab', ' ', '-'), { maxLength: 8 }).map((parts) => parts.join(''))
  await runModel(
    fc.property(word, word, title, (inner, outer, text) => {
      if (alwaysContains(keyword(inner), keyword(outer)) && finds(inner, text)) expect(finds(outer, text)).toBe(true)
    }),
    { runs: 5_000 },
  )
})
