import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contentOf } from '../store-transcript.ts'
import { latestMs, longestText } from '../utterance.ts'
import { readDeepgram } from './deepgram.ts'
import { readOpenai } from './openai.ts'
import type { ReadOutcome } from './read-outcome.ts'
import { readV1Transcript } from './v1-transcript.ts'
import { readVendorFiles } from './vendor-files.ts'

const text = (content: unknown) => JSON.stringify(content) ?? null
const none = { transcription: null, rawTranscription: null, diarization: null }

/** Every reader, and a way to wrap odd utterances so that it takes them. */
const readers: [name: string, read: (content: unknown) => ReadOutcome, wrap: (utterances: unknown) => unknown][] = [
  [
    'transcription of v2',
    (content) => readVendorFiles({ ...none, transcription: text(content) }),
    (utterances) => ({ result: { utterances, languages: ['en'] } }),
  ],
  [
    'raw transcription of v2',
    (content) =>
      readVendorFiles({
        ...none,
        rawTranscription: text(content),
        diarization: '{"speaker":"Bo","start_time":0,"end_time":9}',
      }),
    (utterances) => ({ transcriptions: [{ transcription: { utterances } }, { transcription: { utterances } }] }),
  ],
  ['v1', readV1Transcript, (transcript) => ({ data: { transcript } })],
  ['Deepgram', readDeepgram, (utterances) => ({ results: { utterances } })],
  ['Deepgram’s words', readDeepgram, (words) => ({ results: { channels: [{ alternatives: [{ words }] }] } })],
  ['OpenAI', readOpenai, (segments) => ({ segments, words: segments })],
]

const oddTime = fc.oneof(
  fc.double({ min: -10, max: 100 }),
  fc.double(),
  fc.integer().map(String),
  fc.constantFrom(null, 1e300, '', 'NaN', {}, []),
)
const oddText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    ' ',
    '\u0000',
    '\ud800',
    'e\u0301',
    null,
    5,
    ['x'],
    'long '.repeat(900),
    'x'.repeat(4_500),
    '會'.repeat(2_100),
  ),
)
const oddSpeaker = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.jsonValue())
const oddWord = fc.oneof(
  fc.record(
    { word: oddText, text: oddText, start: oddTime, end: oddTime, start_time: oddTime, speaker: oddSpeaker },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
)
const oddUtterance = fc.oneof(
  fc.record(
    {
      speaker: oddSpeaker,
      start: oddTime,
      end: oddTime,
      start_time: oddTime,
      text: oddText,
      transcript: oddText,
      language: oddText,
      words: fc.oneof(fc.array(oddWord, { maxLength: 6 }), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
)

/** What holds of everything that was read, whatever it was read from. */
function expectNormalForm(outcome: ReadOutcome): void {
  if (outcome.outcome !== 'read') return
  let latest = 0
  for (const { startMs, endMs, text: said, words, speaker } of outcome.transcript.utterances) {
    const times = [startMs, endMs, ...words.flatMap((word) => [word.startMs, word.endMs])]
    expect(times.every((ms) => Number.isInteger(ms) && ms >= startMs && ms <= endMs)).toBe(true)
    expect(startMs).toBeGreaterThanOrEqual(latest)
    expect(endMs).toBeLessThanOrEqual(latestMs)
    expect(said.length).toBeLessThanOrEqual(longestText)
    for (const each of [said, ...words.map((word) => word.text), ...(speaker === null ? [] : [speaker])]) {
      expect(each).toBe(each.normalize('NFC').trim())
      expect(each).toMatch(/^[^\p{Cc}\p{Surrogate}]+$/u)
    }
    latest = startMs
  }
  contentOf(outcome.transcript)
}

describe.each(readers)('%s', (_, read, wrap) => {
  test('takes any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (content) => expectNormalForm(read(content))),
      { numRuns: 300 },
    )
  })

  test('brings odd utterances into the normal form', () => {
    fc.assert(
      fc.property(fc.array(oddUtterance, { maxLength: 6 }), (utterances) => expectNormalForm(read(wrap(utterances)))),
      { numRuns: 500 },
    )
  })

  test('takes texts that are no JSON', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (content) => expectNormalForm(read(content))))
  })
})

test('200,000 words are read and made ready for search within seconds', () => {
  const words = Array.from({ length: 200_000 }, (_, i) => ({
    word: `word${i % 977}`,
    start: i * 0.3,
    end: i * 0.3 + 0.2,
  }))
  const startedAt = performance.now()
  const outcome = readDeepgram({ results: { channels: [{ alternatives: [{ words }] }] } })
  if (outcome.outcome !== 'read') throw new Error(outcome.reason)
  expect(contentOf(outcome.transcript)).toMatchObject({ words: 200_000, problems: {} })
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})
