import fc from 'fast-check'
import { expect, test } from 'vitest'
import { said } from '../../../../testing/recordings/transcripts/transcript-builders.ts'
import { mergeSpeakers } from './merge-speakers.ts'

const turn = (speaker: string, from: number, to: number) => ({ speaker, startMs: from * 1_000, endMs: to * 1_000 })

test('an utterance is of the one who spoke longest in it', () => {
  const turns = [turn('Bo', 0, 2.4), turn('Ines', 2.4, 9), turn('Bo', 3.5, 3.6)]
  const merged = mergeSpeakers([said(null, 1, 'One'), said(null, 2, 'Two'), said('Speaker 1', 20, 'Three')], turns)
  expect(merged.map(({ speaker }) => speaker)).toEqual(['Bo', 'Ines', 'Speaker 1'])
})

test('turns of one speaker that overlap count once', () => {
  const turns = [turn('Bo', 1, 1.6), turn('Bo', 1, 1.6), turn('Ines', 1.2, 2.2)]
  expect(mergeSpeakers([said(null, 1, 'One')], turns)).toMatchObject([{ speaker: 'Ines' }])
})

test('an utterance is cut where the speaker changes, if its words have times', () => {
  const utterance = {
    ...said(null, 0, 'Shall we start? Yes.'),
    words: ['Shall', 'we', 'start?', 'Yes.'].map((text, i) => ({ text, startMs: i * 500, endMs: i * 500 + 400 })),
  }
  const merged = mergeSpeakers([utterance], [turn('Ines', 0, 1.5), turn('Bo', 1.5, 3)])
  expect(merged).toMatchObject([
    { speaker: 'Ines', text: 'Shall we start?', startMs: 0, endMs: 1_400 },
    { speaker: 'Bo', text: 'Yes.', startMs: 1_500, endMs: 1_900 },
  ])
})

test('without turns everything stays as it was', () => {
  const utterances = [said('Speaker 0', 1, 'One'), said(null, 2, 'Two')]
  expect(mergeSpeakers(utterances, [])).toEqual(utterances)
})

test('no word is lost or added, and the order is that of time', () => {
  const time = fc.integer({ min: 0, max: 60 })
  const turns = fc.array(fc.tuple(fc.constantFrom('Bo', 'Ines', 'Zoë'), time, time), { maxLength: 12 })
  const lines = fc.array(time, { maxLength: 12 })
  fc.assert(
    fc.property(turns, lines, (given, starts) => {
      const utterances = starts.map((start) => said(null, start, 'one two three four', { words: 4 }))
      const merged = mergeSpeakers(
        utterances,
        given.map(([speaker, from, to]) => turn(speaker, from, to + 1)),
      )
      expect(merged.flatMap(({ words }) => words)).toHaveLength(utterances.length * 4)
      const begins = merged.map(({ startMs }) => startMs)
      expect(begins).toEqual(begins.toSorted((a, b) => a - b))
    }),
  )
})
