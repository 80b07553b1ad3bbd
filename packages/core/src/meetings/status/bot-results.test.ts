/** The results of a run arrive bit by bit: results are added, never removed. */
import { describe, expect, test } from 'vitest'
import { aMeeting, at, completed } from '../../../testing/meetings/builders.ts'
import type { Artifacts, CompletedFact, Fact } from '../../vendor/facts.ts'
import { applyFact } from './bot-status.ts'

const started = aMeeting({ state: 'recording', meetingBaasId: 'bot' })

function run(facts: Fact[], from = started) {
  let meeting = from
  const entries: [string, unknown][] = []
  const outcomes = facts.map((fact) => {
    const decision = applyFact(meeting, fact, at(59))
    if ('next' in decision) {
      meeting = decision.next
      entries.push(...decision.entries.map(({ type, data }): [string, unknown] => [type, data]))
    }
    return decision.outcome
  })
  const ready = entries.filter(([type]) => type.endsWith('_ready'))
  return { meeting, outcomes, ready, types: entries.map(([type]) => type) }
}

const none: Artifacts = {
  video: null,
  audio: null,
  diarization: null,
  transcription: null,
  rawTranscription: null,
  chat: null,
}
const empty: Partial<CompletedFact> = {
  artifacts: none,
  artifactsExpireAt: null,
  participants: [],
  speakers: [],
  durationSeconds: null,
  joinedAt: null,
  exitedAt: null,
}
const whole = completed(at(33))
const nothing = completed(at(33), empty)
const withLinks = (kinds: Partial<Artifacts>, expiresAt: Date | null) =>
  completed(at(33), { ...empty, artifacts: { ...none, ...kinds }, artifactsExpireAt: expiresAt })
const failedWith = (results: CompletedFact | null): Fact => {
  const { kind: _, at: __, ...fields } = results ?? nothing
  return { kind: 'failed', at: at(33), code: 'TRANSCRIPTION_FAILED', message: null, results: results && fields }
}

describe('an end that is repeated', () => {
  test('with the missing video shows the video, and logs it once', () => {
    const { meeting, outcomes, ready, types } = run([nothing, whole, whole])
    expect(outcomes).toEqual(['applied', 'applied', 'duplicate'])
    expect(meeting).toMatchObject({
      state: 'completed',
      finalAt: at(33),
      artifacts: whole.artifacts,
      durationSeconds: 1_740,
    })
    expect(ready).toEqual([
      ['recording_ready', { video: true, audio: true }],
      ['transcript_ready', {}],
    ])
    expect(types.filter((type) => type === 'bot_completed')).toHaveLength(1)
  })

  test('with one more kind each time logs each kind when it first appears', () => {
    const { meeting, ready } = run([
      withLinks({ audio: 'https://a.test/1' }, at(40)),
      withLinks({ video: 'https://v.test/1' }, at(40)),
      withLinks({ video: 'https://v.test/1', transcription: 'https://t.test/1' }, at(40)),
    ])
    expect(meeting.artifacts).toMatchObject({ audio: 'https://a.test/1', video: 'https://v.test/1' })
    expect(ready).toEqual([
      ['recording_ready', { video: false, audio: true }],
      ['recording_ready', { video: true, audio: false }],
      ['transcript_ready', {}],
    ])
  })

  test('without the known results loses nothing, as after the vendor has deleted the files', () => {
    const { meeting, outcomes } = run([whole, nothing])
    expect(outcomes).toEqual(['applied', 'duplicate'])
    expect(meeting).toMatchObject({
      artifacts: whole.artifacts,
      artifactsExpireAt: at(40),
      speakers: whole.speakers,
      participants: whole.participants,
      durationSeconds: 1_740,
      exitedAt: at(30),
    })
  })

  test('with newly signed links replaces the old links for good, without a log entry', () => {
    const [old, fresh] = [
      withLinks({ video: 'https://v.test/1' }, at(40)),
      withLinks({ video: 'https://v.test/2' }, at(280)),
    ]
    const { meeting, outcomes, ready } = run([old, fresh, old])
    expect(outcomes).toEqual(['applied', 'applied', 'duplicate'])
    expect(meeting).toMatchObject({ artifacts: { video: 'https://v.test/2' }, artifactsExpireAt: at(280) })
    expect(ready).toHaveLength(1)
  })

  test('by webhook and callback, signed moments apart, counts once', () => {
    const callback = withLinks({ video: 'https://v.test/2' }, at(40, 2))
    expect(run([withLinks({ video: 'https://v.test/1' }, at(40)), callback]).outcomes).toEqual(['applied', 'duplicate'])
  })

  test('the links expire when the first of them does', () => {
    const { meeting } = run([
      withLinks({ audio: 'https://a.test/1', video: 'https://v.test/1' }, at(40)),
      withLinks({ video: 'https://v.test/2' }, at(280)),
    ])
    expect(meeting.artifactsExpireAt).toEqual(at(40))
  })

  test('people are added, and entries with the same name or id are one person', () => {
    const [ines, bo, kim] = ['Ines', 'Bo', 'Kim'].map((name, i) => ({ name, id: String(i), displayName: null }))
    const nameless = { name: 'Bo', id: null, displayName: null }
    const { meeting } = run([
      completed(at(33), { ...empty, speakers: [ines!, bo!] }),
      completed(at(33), { ...empty, speakers: [nameless, { ...ines!, displayName: 'Ines O.' }, kim!] }),
    ])
    expect(meeting.speakers).toEqual([bo, { ...ines, displayName: 'Ines O.' }, kim])
  })
})

describe('results of a run that failed', () => {
  test('may come with a second event, whether or not the first had any', () => {
    const audio = withLinks({ audio: 'https://a.test/1' }, at(40))
    const { meeting, outcomes } = run([failedWith(null), failedWith(audio), failedWith(whole), failedWith(null)])
    expect(outcomes).toEqual(['applied', 'applied', 'applied', 'duplicate'])
    expect(meeting).toMatchObject({ state: 'failed', errorCode: 'TRANSCRIPTION_FAILED', durationSeconds: 1_740 })
    expect(meeting.artifacts).toEqual({ ...whole.artifacts, audio: 'https://a.test/1' })
  })

  test('are added when the vendor then calls the run completed, as after another transcription; it stays failed', () => {
    const { meeting, ready } = run([failedWith(null), whole])
    expect(meeting).toMatchObject({ state: 'failed', artifacts: whole.artifacts })
    expect(ready).toHaveLength(2)
  })

  test('a different end without news is late', () => {
    expect(run([whole, failedWith(null)]).outcomes.at(-1)).toBe('late')
    expect(run([failedWith(null), nothing]).outcomes.at(-1)).toBe('late')
  })
})

test.each([
  ['transcript', 'applied'],
  ['recording', 'duplicate'],
] as const)('the message after the end that the %s can be fetched is %s', (result, outcome) => {
  const { meeting, outcomes } = run([
    withLinks({ video: 'https://v.test/1' }, at(40)),
    { kind: 'result', at: null, result },
  ])
  expect(outcomes.at(-1)).toBe(outcome)
  expect(meeting.lookDueAt !== null).toBe(outcome === 'applied')
})
