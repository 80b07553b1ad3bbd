import { describe, expect, test } from 'vitest'
import { readDeepgram } from './deepgram.ts'
import { readOpenai } from './openai.ts'
import type { ReadOutcome, ReadTranscript } from './read-outcome.ts'
import { readV1Transcript } from './v1-transcript.ts'
import { readVendorFiles } from './vendor-files.ts'

function transcriptOf(outcome: ReadOutcome): ReadTranscript {
  if (outcome.outcome !== 'read') throw new Error(outcome.reason)
  return outcome.transcript
}

const shall = { text: 'Shall', startMs: 4_100, endMs: 4_400 }
const we = { text: 'we', startMs: 4_400, endMs: 4_500 }

/** As in webhook-samples/v2.artifact.output_transcription.json. */
const output = {
  provider: 'gladia',
  result: {
    utterances: [
      {
        text: 'Shall we start with the forecast?',
        language: 'en',
        start: 4.1,
        end: 6.0,
        confidence: 0.93,
        channel: 0,
        words: [
          { word: 'Shall', start: 4.1, end: 4.4, confidence: 0.97 },
          { word: 'we', start: 4.4, end: 4.5, confidence: 0.96 },
        ],
        speaker: 'Ines Okafor',
      },
    ],
    languages: ['en'],
    total_utterances: 1,
    total_duration: 3_121.4,
  },
}

const piece = (duration: number | null, ...utterances: object[]) => ({
  metadata: { audio_duration: duration },
  transcription: { full_transcript: '…', languages: ['de'], utterances },
})
const line = (speaker: unknown, start: number, end: number, text: string) => ({ speaker, start, end, text, words: [] })
const none = { transcription: null, rawTranscription: null, diarization: null }
const raw = (...transcriptions: unknown[]) => JSON.stringify({ transcriptions })

describe('the vendor’s files', () => {
  test('give the transcript with names', () => {
    expect(transcriptOf(readVendorFiles({ ...none, transcription: JSON.stringify(output) }))).toEqual({
      utterances: [
        {
          speaker: 'Ines Okafor',
          startMs: 4_100,
          endMs: 6_000,
          text: 'Shall we start with the forecast?',
          words: [shall, we],
          language: 'en',
        },
      ],
      language: 'en',
      service: 'gladia',
      problems: {},
    })
  })

  test('give the service’s answer where there is nothing better: pieces one after the other, speakers by number', () => {
    const pieces = [
      piece(60, line(0, 1, 2, 'Eins')),
      piece(null, line(1, 5, 7, 'Zwei')),
      piece(9, line(0, 1, 2, 'Drei')),
    ]
    const { utterances, language } = transcriptOf(readVendorFiles({ ...none, rawTranscription: raw(...pieces) }))
    expect(utterances).toMatchObject([
      { speaker: 'Speaker 0', startMs: 1_000, endMs: 2_000 },
      { speaker: 'Speaker 1', startMs: 65_000, endMs: 67_000 },
      { speaker: 'Speaker 0', startMs: 68_000, endMs: 69_000 },
    ])
    expect(language).toBe('de')
  })

  test('name the numbered speakers by the diarization', () => {
    const diarization =
      '{"speaker":"Bo","start_time":0.5,"end_time":2.5}\nno JSON\n{"speaker":"Ines","start_time":3,"end_time":"x"}\n'
    const rawTranscription = raw(piece(60, line(0, 1, 2, 'Eins'), line(1, 30, 31, 'Zwei')))
    const { utterances } = transcriptOf(readVendorFiles({ ...none, rawTranscription, diarization }))
    expect(utterances.map(({ speaker }) => speaker)).toEqual(['Bo', 'Speaker 1'])
  })

  test('name speakers whom the transcript does not name by the diarization', () => {
    const spoken = { text: 'Hi.', start: 1, end: 2, words: [] }
    const transcription = JSON.stringify({ result: { utterances: [spoken, { ...spoken, start: 30, end: 31 }] } })
    const diarization = '{"speaker":"Bo","start_time":0.5,"end_time":2.5}'
    const { utterances, problems } = transcriptOf(readVendorFiles({ ...none, transcription, diarization }))
    expect(utterances.map(({ speaker }) => speaker)).toEqual(['Bo', null])
    expect(problems).toEqual({ no_speaker: 1 })
  })

  test.each([
    ['there is none', none, 'empty'],
    ['it is empty', { ...none, transcription: ' \n' }, 'empty'],
    ['it is cut off', { ...none, transcription: '{"result":{"utter' }, 'not_json'],
    ['it is a page of a proxy', { ...none, transcription: '<html>', rawTranscription: '<html>' }, 'not_json'],
    ['it is some other JSON', { ...none, transcription: '[{"message_id":1}]' }, 'unknown_shape'],
    ['it has a text for utterances', { ...none, transcription: '{"result":{"utterances":"x"}}' }, 'unknown_shape'],
    [
      'the service failed',
      { ...none, rawTranscription: raw({ transcription: { utterances: [], error: { message: 'no' } } }) },
      'service_failed',
    ],
  ])('are no transcript if %s', (_, files, reason) => {
    expect(readVendorFiles(files)).toEqual({ outcome: 'not_a_transcript', reason })
  })

  test('are an empty transcript if nothing was said', () => {
    const silent = JSON.stringify({ result: { utterances: [], languages: [] } })
    expect(transcriptOf(readVendorFiles({ ...none, transcription: `\ufeff${silent}` })).utterances).toEqual([])
  })
})

describe('v1', () => {
  const webhook = {
    event: 'complete',
    data: {
      transcript: [
        {
          speaker: 'Ines Okafor',
          offset: 4.1,
          start_time: 4.1,
          end_time: 6,
          words: [
            { start: 4.1, end: 4.4, word: 'Shall' },
            { start: 4.4, end: 4.5, word: 'we' },
          ],
        },
      ],
    },
  }
  const words = [
    { start_time: 4.1, end_time: 4.4, text: 'Shall' },
    { start_time: 4.4, end_time: 4.5, text: 'we' },
  ]
  const entry = { speaker: 'Ines Okafor', start_time: 4.1, end_time: 6, words }

  test.each<[string, unknown]>([
    ['the webhook `complete`', webhook],
    ['its data', webhook.data],
    ['the details', `{"bot_data":{"transcripts":[${JSON.stringify(entry)}]}}`],
    ['a list', [entry]],
  ])('reads %s', (_, content) => {
    const { utterances } = transcriptOf(readV1Transcript(content))
    const said = { speaker: 'Ines Okafor', text: 'Shall we', startMs: 4_100, endMs: 6_000 }
    expect(utterances).toEqual([{ ...said, words: [shall, we], language: null }])
  })
})

describe('Deepgram', () => {
  const spoken = (word: string, start: number, speaker: number) => ({
    word: word.toLowerCase(),
    punctuated_word: word,
    start,
    end: start + 0.3,
    speaker,
  })
  const words = [spoken('Hello,', 1, 0), spoken('Bo.', 1.4, 0), spoken('Hi.', 2, 1), spoken('Well.', 9, 1)]
  const channels = [{ detected_language: 'en', alternatives: [{ transcript: 'Hello, Bo. Hi. Well.', words }] }]

  test('utterances have punctuated words and numbered speakers', () => {
    const utterances = [
      { start: 1, end: 1.7, transcript: 'Hello, Bo.', words: words.slice(0, 2), speaker: 0, channel: 0 },
    ]
    const read = transcriptOf(readDeepgram({ metadata: {}, results: { channels, utterances } }))
    expect(read).toMatchObject({ language: 'en', service: 'deepgram', problems: {} })
    expect(read.utterances).toMatchObject([
      { speaker: 'Speaker 0', text: 'Hello, Bo.', words: [{ text: 'Hello,' }, { text: 'Bo.', startMs: 1_400 }] },
    ])
  })

  test('without utterances they are made of the words, by speaker and pause', () => {
    const { utterances } = transcriptOf(readDeepgram({ results: { channels } }))
    expect(utterances.map(({ speaker, text, startMs }) => [speaker, text, startMs])).toEqual([
      ['Speaker 0', 'Hello, Bo.', 1_000],
      ['Speaker 1', 'Hi.', 2_000],
      ['Speaker 1', 'Well.', 9_000],
    ])
  })

  test('an error is no transcript', () => {
    expect(readDeepgram({ err_code: 'Bad Request' })).toMatchObject({ reason: 'unknown_shape' })
  })
})

describe('a server with OpenAI’s API', () => {
  test('verbose_json: words go to the segment in which they lie, and the language gets its code', () => {
    const segments = [
      { id: 0, start: 0, end: 2, text: ' Hello there.' },
      { id: 1, start: 2, end: 4, text: ' Bye.' },
    ]
    const words = [
      { word: 'Hello', start: 0.1, end: 0.5 },
      { word: 'there', start: 0.6, end: 2.1 },
      { word: 'Bye', start: 2.2, end: 2.9 },
    ]
    const { utterances, language } = transcriptOf(
      readOpenai({ language: 'portuguese', duration: 4, text: '…', segments, words }),
    )
    expect(language).toBe('pt')
    expect(utterances.map(({ text, words: own, speaker }) => [text, own.length, speaker])).toEqual([
      ['Hello there.', 2, null],
      ['Bye.', 1, null],
    ])
  })

  test('diarized_json: letters become labels, names stay', () => {
    const segment = (speaker: string, start: number) => ({ speaker, start, end: start + 1, text: 'Hi.' })
    const { utterances } = transcriptOf(readOpenai({ text: 'Hi.', segments: [segment('A', 0), segment('agent', 1)] }))
    expect(utterances.map(({ speaker }) => speaker)).toEqual(['Speaker A', 'agent'])
  })

  test('json: the whole text is split, and its parts share the time', () => {
    const sentence = 'All that was said is in one piece. '
    const { utterances, problems } = transcriptOf(readOpenai({ text: sentence.repeat(200), duration: 700 }))
    expect(utterances).toHaveLength(4)
    expect(utterances.map(({ text }) => text).join(' ')).toBe(sentence.repeat(200).trim())
    expect(utterances[0]?.startMs).toBe(0)
    expect(utterances.at(-1)?.endMs).toBe(700_000)
    expect(problems).toMatchObject({ split: 1 })
  })

  test('words without segments, and nothing at all', () => {
    const words = [{ word: 'Hello', start: 1, end: 2 }]
    expect(transcriptOf(readOpenai({ words })).utterances).toMatchObject([{ text: 'Hello', startMs: 1_000 }])
    expect(transcriptOf(readOpenai('{"text":""}')).utterances).toEqual([])
  })
})
