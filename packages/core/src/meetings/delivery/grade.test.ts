import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runModel } from '../../../testing/basics/model-runs.ts'
import { aMeeting } from '../../../testing/meetings/builders.ts'
import { artifactStates, type DeliveryFacts, type DeliveryGrade, type DeliveryReason } from './delivery.ts'
import { factsOfRun, nothingDelivered } from './facts-of-run.ts'
import { grade, gradeAgain } from './grade.ts'

/** An hour with three people, of which everything is there. */
const whole: DeliveryFacts = {
  artifacts: {
    video: 'stored',
    audio: 'stored',
    transcription: 'stored',
    raw_transcription: 'stored',
    diarization: 'stored',
    chat: 'stored',
  },
  videoWanted: true,
  transcriptWanted: true,
  presenceSeconds: 3_600,
  videoSeconds: 3_590,
  audioSeconds: 3_590,
  videoReadable: true,
  audioReadable: true,
  transcriptionUnread: false,
  videoWhole: true,
  audioWhole: true,
  audioBytesPerMinute: 800_000,
  words: 8_000,
  speakers: 3,
  people: 3,
}
const files = (changes: Partial<DeliveryFacts['artifacts']>) => ({ artifacts: { ...whole.artifacts, ...changes } })
const noWords = { words: null, speakers: null }
const noMedia = { videoSeconds: null, audioSeconds: null, audioBytesPerMinute: null }

const cases: [string, Partial<DeliveryFacts>, DeliveryGrade, DeliveryReason[]][] = [
  ['everything is there', {}, 'good', []],
  ['there is no chat and no diarisation', files({ chat: 'missing', diarization: 'missing' }), 'good', []],
  ['nobody wanted a video', { ...files({ video: 'missing' }), videoWanted: false, videoSeconds: null }, 'good', []],
  ['nobody wanted a transcript', { ...noWords, transcriptWanted: false }, 'good', []],
  ['one person was there and spoke', { speakers: 1, people: 1 }, 'good', []],
  ['one of three people says a few words', { speakers: 1, words: 20 }, 'good', []],
  [
    'nobody knows how long the bot was there',
    { presenceSeconds: null, videoSeconds: 10, audioSeconds: 10 },
    'good',
    [],
  ],
  ['the video lacks its first minute', { videoSeconds: 3_545, audioSeconds: 3_545 }, 'good', []],
  ['a short meeting lacks some seconds', { presenceSeconds: 60, videoSeconds: 20, audioSeconds: 20 }, 'good', []],
  ['the video waits to be copied', files({ video: 'pending' }), 'partial', ['not_stored_yet']],
  ['the video cannot be copied so far', files({ video: 'failed' }), 'partial', ['not_stored_yet']],
  ['the video is lost', { ...files({ video: 'expired' }), videoSeconds: null }, 'partial', ['no_video_file']],
  ['there is no audio', { ...files({ audio: 'missing' }), audioSeconds: null }, 'partial', ['no_audio_file']],
  ['the video cannot be read', { videoReadable: false, videoSeconds: null }, 'partial', ['unreadable_video']],
  ['the audio cannot be read', { audioReadable: false, audioSeconds: null }, 'partial', ['unreadable_audio']],
  ['the transcription is not read yet', { words: null, transcriptionUnread: true }, 'partial', ['not_stored_yet']],
  ['the video ends early', { videoWhole: false }, 'partial', ['truncated_video']],
  ['the audio ends early', { audioWhole: false, audioBytesPerMinute: null }, 'partial', ['truncated_audio']],
  ['half of it is missing', { videoSeconds: 1_800, audioSeconds: 1_800 }, 'partial', ['shorter_than_presence']],
  ['the audio is silent, but words were heard', { audioBytesPerMinute: 5_000 }, 'partial', ['silent_audio']],
  [
    'the bot heard nothing',
    { audioBytesPerMinute: 5_000, words: 0, speakers: 0 },
    'empty',
    ['silent_audio', 'no_words'],
  ],
  ['nobody spoke', { words: 0, speakers: 0 }, 'partial', ['no_words']],
  [
    'the transcription failed',
    { ...files({ transcription: 'missing', raw_transcription: 'missing' }), ...noWords },
    'partial',
    ['transcription_failed'],
  ],
  ['the transcription is no transcript', noWords, 'partial', ['transcription_failed']],
  ['one of three people is in the transcript', { speakers: 1 }, 'partial', ['one_speaker_of_many']],
  [
    'only the transcript is there',
    { ...files({ video: 'missing', audio: 'missing' }), ...noMedia },
    'partial',
    ['no_video_file', 'no_audio_file'],
  ],
  [
    'nothing is there',
    {
      ...files({ video: 'missing', audio: 'missing', transcription: 'missing', raw_transcription: 'missing' }),
      ...noWords,
      ...noMedia,
    },
    'empty',
    ['no_video_file', 'no_audio_file', 'transcription_failed'],
  ],
  ['the video was deleted', files({ video: 'deleted' }), 'partial', ['data_deleted']],
]

describe('a delivery of which', () => {
  test.each(cases)('%s', (_, changes, expected, reasons) => {
    const facts = { ...whole, ...changes }
    expect(grade(facts)).toEqual({ grade: expected, reasons, facts })
  })
})

test('after a deletion the grade says what was delivered, and that it was deleted', () => {
  const deleted = { ...whole, ...files({ video: 'deleted', audio: 'deleted', transcription: 'deleted' }), ...noWords }
  const good = grade(whole)
  const after = gradeAgain(good, deleted)
  expect(after).toEqual({ grade: 'good', reasons: ['data_deleted'], facts: deleted })
  expect(gradeAgain(after, deleted)).toEqual(after)
  expect(gradeAgain(grade({ ...whole, speakers: 1 }), deleted)).toMatchObject({
    grade: 'partial',
    reasons: ['one_speaker_of_many', 'data_deleted'],
  })
  const before = grade({ ...whole, ...files({ video: 'pending' }) })
  expect(gradeAgain(before, deleted)).toMatchObject({ grade: 'empty', reasons: ['data_deleted'] })
})

test('a bot that was never let in delivers nothing', () => {
  expect(nothingDelivered(aMeeting({ state: 'failed' }))).toMatchObject({ grade: 'empty', reasons: ['never_recorded'] })
})

test('the time of presence is the vendor’s, or else from the first recorded second until the bot left', () => {
  const [from, until] = [new Date('2026-03-11T12:00:00Z'), new Date('2026-03-11T12:30:00Z')]
  const run = aMeeting({ recordingStartedAt: from, exitedAt: until })
  expect(factsOfRun(run).presenceSeconds).toBe(1_800)
  expect(factsOfRun({ ...run, durationSeconds: 60 }).presenceSeconds).toBe(60)
  expect(factsOfRun({ ...run, exitedAt: null }).presenceSeconds).toBeNull()
})

test('only what is good has no reasons, and what is outstanding is never good', async () => {
  const state = fc.option(fc.constantFrom(...artifactStates))
  const amount = fc.option(fc.integer({ min: 0, max: 10_000 }))
  const anyFacts: fc.Arbitrary<DeliveryFacts> = fc.record({
    artifacts: fc.record({
      video: state,
      audio: state,
      transcription: state,
      raw_transcription: state,
      diarization: state,
      chat: state,
    }),
    videoWanted: fc.boolean(),
    transcriptWanted: fc.boolean(),
    presenceSeconds: amount,
    videoSeconds: amount,
    audioSeconds: amount,
    videoReadable: fc.boolean(),
    audioReadable: fc.boolean(),
    transcriptionUnread: fc.boolean(),
    videoWhole: fc.boolean(),
    audioWhole: fc.boolean(),
    audioBytesPerMinute: amount,
    words: amount,
    speakers: amount,
    people: amount,
  })
  await runModel(
    fc.property(anyFacts, (facts) => {
      const { grade: given, reasons } = grade(facts)
      expect(given === 'good').toBe(reasons.length === 0)
      const states = Object.values(facts.artifacts)
      const isOutstanding = states.some((one) => one === 'pending' || one === 'copying' || one === 'failed')
      expect(isOutstanding && given === 'good').toBe(false)
      expect(new Set(reasons).size).toBe(reasons.length)
    }),
    { runs: 2_000 },
  )
})
