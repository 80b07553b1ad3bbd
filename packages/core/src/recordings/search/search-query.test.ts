import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { highlightsOf } from './highlights.ts'
import { readSearchQuery, type SearchQuery } from './search-query.ts'
import { readerWords, searchWords } from './words.ts'

test.each<[string, SearchQuery | null]>([
  ['budget', { wanted: [['BUDGET']], excluded: [] }],
  ['Next  Budget', { wanted: [['NEXT'], ['BUDGET']], excluded: [] }],
  ['“next budget”', { wanted: [['NEXT', 'BUDGET']], excluded: [] }],
  ['"next budget', { wanted: [['NEXT', 'BUDGET']], excluded: [] }],
  ['next -budget', { wanted: [['NEXT']], excluded: [['BUDGET']] }],
  ['next -"big budget"', { wanted: [['NEXT']], excluded: [['BIG', 'BUDGET']] }],
  [
    'e-mail l’équipe',
    {
      wanted: [
        ['E', 'MAIL'],
        ['L', 'EQUIPE'],
      ],
      excluded: [],
    },
  ],
  ['会議の予算', { wanted: [['会', '議'], ['の'], ['予', '算']], excluded: [] }],
  ['"会議の予算"', { wanted: [['会', '議', 'の', '予', '算']], excluded: [] }],
  ['회의', { wanted: [['회', '의']], excluded: [] }],
  [
    '3.5 - ½',
    {
      wanted: [
        ['3', '5'],
        ['1', '2'],
      ],
      excluded: [],
    },
  ],
  ['', null],
  ['-budget', null],
  ['"" -- :-) 🙂', null],
])('%j is read', (text, query) => {
  expect(readSearchQuery(text)).toEqual(query)
})

describe('highlights', () => {
  const marked = (text: string, query: string) =>
    highlightsOf(text, readSearchQuery(query) as SearchQuery).map(([start, end]) => text.slice(start, end))

  test.each([
    ['Budget! The BUDGET?', 'budget', ['Budget', 'BUDGET']],
    ['the next budget of next year', '"next budget"', ['next budget']],
    ['l’équipe a 🙂 terminé', 'equipe termine', ['équipe', 'terminé']],
    ['会議の議事録', '議事録', ['議事録']],
    ['회의를 시작합니다', '회의', ['회의']],
    ['การประชุมวันนี้', 'ประชุม', ['ประชุม']],
    ['red red red', '"red red"', ['red red red']],
    ['nothing here', 'budget', []],
  ])('in %j for %j', (text, query, parts) => {
    expect(marked(text, query)).toEqual(parts)
  })

  test('lie in the text, in order and apart, and words are where they say', () => {
    const text = fc.string({
      unit: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 2 }), fc.constantFrom(' ', '会', 'é', '½')),
    })
    fc.assert(
      fc.property(text, text, (said, wanted) => {
        for (const { start, end } of searchWords(said))
          expect(start >= 0 && end > start && end <= said.length).toBe(true)
        const query = readSearchQuery(wanted)
        let last = -1
        for (const [start, end] of query ? highlightsOf(said, query) : []) {
          expect(start > last && end > start && end <= said.length).toBe(true)
          last = end
        }
      }),
    )
  })
})

test('words are counted as readers count them', () => {
  expect(readerWords('Shall we start, at 3.5?')).toHaveLength(5)
  expect(readerWords('会議を始めます').length).toBeGreaterThan(1)
})
