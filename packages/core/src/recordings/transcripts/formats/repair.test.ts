import { expect, test } from 'vitest'
import { latestMs, mostUtterances } from '../utterance.ts'
import { cleanLanguage } from './clean-text.ts'
import type { TranscriptProblems } from './problems.ts'
import { inOrder, type RawUtterance, repair } from './repair.ts'

const repaired = (...raws: RawUtterance[]) => repairedAll(raws)

function repairedAll(raws: RawUtterance[]) {
  const problems: TranscriptProblems = {}
  const utterances = inOrder(repair(raws, problems), problems)
  return { problems, utterances }
}

const hello: RawUtterance = { speaker: 'Ines', start: 1, end: 2, text: 'Hello' }
const fine = { speaker: 'Ines', startMs: 1_000, endMs: 2_000, text: 'Hello', words: [], language: null }

test.each<[what: string, raw: RawUtterance, becomes: object, problems: TranscriptProblems]>([
  ['nothing odd', hello, fine, {}],
  ['times as texts', { ...hello, start: '1', end: '2.0' }, fine, {}],
  ['no end', { ...hello, end: undefined }, { ...fine, endMs: 1_000 }, { times_repaired: 1 }],
  ['an end before the start', { ...hello, end: 0.5 }, { ...fine, endMs: 1_000 }, { times_repaired: 1 }],
  ['a negative start', { ...hello, start: -5 }, { ...fine, startMs: 0 }, { times_repaired: 1 }],
  ['a start that is no number', { ...hello, start: Number.NaN }, { ...fine, startMs: 0 }, { times_repaired: 1 }],
  ['a start after all recordings', { ...hello, start: 1e12 }, { ...fine, startMs: 0 }, { times_repaired: 1 }],
  ['an end after all recordings', { ...hello, end: 1e12 }, { ...fine, endMs: 1_000 }, { times_repaired: 1 }],
  [
    'a time of a strange type',
    { ...hello, start: {}, end: [] },
    { ...fine, startMs: 0, endMs: 0 },
    { times_repaired: 1 },
  ],
  ['no speaker', { ...hello, speaker: null }, { ...fine, speaker: null }, { no_speaker: 1 }],
  ['an empty speaker', { ...hello, speaker: ' ' }, { ...fine, speaker: null }, { no_speaker: 1 }],
  ['a speaker of a strange type', { ...hello, speaker: {} }, { ...fine, speaker: null }, { no_speaker: 1 }],
  ['a number for the speaker', { ...hello, speaker: 0 }, { ...fine, speaker: 'Speaker 0' }, {}],
  [
    'control characters',
    { ...hello, text: 'He\u0000llo\u001b' },
    { ...fine, text: 'He llo' },
    { control_characters: 1 },
  ],
  ['half a character', { ...hello, text: 'Hi \ud800' }, { ...fine, text: 'Hi \ufffd' }, { control_characters: 1 }],
  ['line breaks', { ...hello, text: ' Hello\r\n\tthere ' }, { ...fine, text: 'Hello there' }, {}],
  ['letters in parts', { ...hello, text: 'e\u0301' }, { ...fine, text: 'é' }, {}],
])('%s', (_, raw, becomes, problems) => {
  expect(repaired(raw)).toEqual({ utterances: [becomes], problems })
})

test.each<[string, RawUtterance]>([
  ['no text', {}],
  ['a text of spaces', { ...hello, text: ' \n' }],
  ['a text of a strange type', { ...hello, text: 5 }],
])('%s is left out', (_, raw) => {
  expect(repaired(raw, hello)).toMatchObject({ utterances: [fine], problems: { no_text: 1 } })
})

test('an utterance without a time begins with its words, or else where the one before it ended', () => {
  const words = [{ text: 'Hi', start: 7, end: 8 }]
  const { utterances } = repaired(hello, { text: 'and' }, { text: 'Hi', words })
  expect(utterances.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
    [1_000, 2_000],
    [2_000, 2_000],
    [7_000, 8_000],
  ])
})

test('words lie within their utterance, have a text, and those without a time follow the word before them', () => {
  const words = [
    { text: 'one', start: 0.5, end: 1.2 },
    { text: 'two' },
    { text: '', start: 1.3, end: 1.4 },
    { text: 'three', start: 1.5, end: 99 },
  ]
  const { utterances, problems } = repaired({ ...hello, words })
  expect(utterances[0]?.words).toEqual([
    { text: 'one', startMs: 1_000, endMs: 1_200 },
    { text: 'two', startMs: 1_200, endMs: 1_200 },
    { text: 'three', startMs: 1_500, endMs: 2_000 },
  ])
  expect(problems).toEqual({ times_repaired: 1, no_text: 1 })
})

test('a text is made of words where there is none, with spaces only in scripts that have them', () => {
  const wordsOf = (...texts: string[]) => ({ start: 1, end: 2, words: texts.map((text) => ({ text })) })
  const { utterances } = repaired(wordsOf('Hello', 'there'), wordsOf('会議', 'を', '始める', 'OK'))
  expect(utterances.map(({ text }) => text)).toEqual(['Hello there', '会議を始める OK'])
})

test('utterances are sorted, and what overlaps is kept', () => {
  const { utterances, problems } = repaired({ ...hello, start: 5, end: 9 }, hello, { ...hello, start: 1.5 })
  expect(utterances.map(({ startMs }) => startMs)).toEqual([1_000, 1_500, 5_000])
  expect(problems).toEqual({ unordered: 2, overlapping: 1 })
})

test('a long utterance is split at spaces, and its words and its time with it', () => {
  const texts = Array.from({ length: 1_000 }, (_, i) => `word${i}`)
  const words = texts.map((text, i) => ({ text, start: i, end: i + 1 }))
  const { utterances } = repaired({ speaker: 'Ines', start: 0, end: 1_000, text: texts.join(' '), words })
  expect(utterances.map(({ text }) => text).join(' ')).toBe(texts.join(' '))
  expect(utterances.map((part) => part.words.map(({ text }) => text).join(' '))).toEqual(
    utterances.map(({ text }) => text),
  )
  for (const [i, { startMs, endMs, text }] of utterances.entries()) {
    expect(text.length).toBeLessThanOrEqual(2_000)
    expect(startMs).toBe(utterances[i - 1]?.endMs ?? 0)
    expect(endMs).toBeGreaterThan(startMs)
  }
})

test('a transcript that never ends is cut', () => {
  const { utterances, problems } = repairedAll(Array.from({ length: mostUtterances + 5 }, () => hello))
  expect([utterances.length, problems.too_much]).toEqual([mostUtterances, 5])
  expect(repaired({ ...hello, start: latestMs / 1_000 }).utterances[0]?.startMs).toBe(latestMs)
})

test('no text is lost when an utterance has words without end', () => {
  const texts = Array.from({ length: 25_000 }, (_, i) => `word${i}`)
  const { utterances, problems } = repaired({
    ...hello,
    text: null,
    words: texts.map((text) => ({ text, start: 1, end: 2 })),
  })
  expect(utterances.map(({ text }) => text).join(' ')).toBe(texts.join(' '))
  expect(problems).toMatchObject({ too_much: 5_000, split: 1 })
})

test.each([
  ['en', 'en'],
  ['pt_BR', 'pt-BR'],
  ['English', 'en'],
  ['chinese', 'zh'],
  ['', null],
  ['nobody speaks this', null],
  [5, null],
])('the language %j is %j', (given, tag) => {
  expect(cleanLanguage(given)).toBe(tag)
})
