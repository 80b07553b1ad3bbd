/** Statuses without a time of the bot's, and what may follow them. */
import { describe, expect, test } from 'vitest'
import { aMeeting, at, status } from '../../../testing/meetings/builders.ts'
import type { StatusFact } from '../../vendor/facts.ts'
import type { Meeting } from '../meeting.ts'
import { applyFact } from './bot-status.ts'

const started = aMeeting({ state: 'queued', meetingBaasId: 'bot' })

type Known = [fact: StatusFact, knownAt: Date]
/** A status from the bot's webhook. */
const told = (code: string, minute: number, second = 0): Known => [status(code, at(minute, second)), at(minute, second)]
/** A status that a sync saw. The vendor's server noted it at `notedAt`. */
const seen = (code: string, minute: number, notedAt: Date | null = null): Known => [
  status(code, null, { notedAt }),
  at(minute),
]
/** A message without a time. */
const timeless = (code: string, minute: number): Known => [status(code, null), at(minute)]

function run(facts: Known[], from: Meeting = started) {
  let meeting = from
  const outcomes = facts.map(([fact, knownAt]) => {
    const decision = applyFact(meeting, fact, knownAt)
    if ('next' in decision) meeting = decision.next
    return decision.outcome
  })
  return { meeting, outcomes, last: outcomes.at(-1) }
}

describe('after a status that a sync has seen', () => {
  const recording = [told('joining_call', 1), seen('in_call_recording', 10, at(3))]

  test.each([
    ['an earlier status that comes late changes nothing', told('in_call_not_recording', 2, 30), 'late', 'recording', 1],
    [
      'a status within the skew of the clocks changes nothing',
      told('in_call_not_recording', 3, 40),
      'late',
      'recording',
      1,
    ],
    ['the same status is a duplicate', told('in_call_recording', 3), 'duplicate', 'recording', 1],
    ['a later status counts, even if its clock is slow', told('call_ended', 2, 40), 'applied', 'processing', 1],
    [
      'a status that clearly belongs to an earlier run is late',
      told('recording_failed', 1, 30),
      'late',
      'recording',
      1,
    ],
    ['a start that is clearly later is a restart', told('joining_call', 4, 30), 'applied', 'joining', 2],
  ])('%s', (_, fact, outcome, state, runs) => {
    const { meeting, last } = run([...recording, fact])
    expect(last).toBe(outcome)
    expect(meeting).toMatchObject({ state, run: runs })
  })

  test('a dead bot stays dead', () => {
    const dead = [told('joining_call', 1), seen('call_ended', 30, at(29))]
    const late = [told('in_call_not_recording', 2), told('in_call_recording', 3), told('recording_paused', 28, 30)]
    const { meeting, outcomes } = run([...dead, ...late])
    expect(outcomes.slice(2)).toEqual(['late', 'late', 'late'])
    expect(meeting).toMatchObject({ state: 'processing', run: 1 })
  })

  test('when the server gives no time, the time of the sync is used', () => {
    const { meeting, outcomes } = run([
      told('joining_call', 1),
      seen('recording_failed', 10),
      told('joining_call', 9),
      told('joining_call', 12),
    ])
    expect(outcomes.slice(2)).toEqual(['late', 'applied'])
    expect(meeting).toMatchObject({ state: 'joining', run: 2 })
  })
})

describe('a sync that sees an earlier status', () => {
  const failed = [told('joining_call', 1), told('recording_failed', 5)]

  test('recognises a restart by the time when the server noted it', () => {
    const { meeting } = run([...failed, seen('in_call_recording', 8, at(6))])
    expect(meeting).toMatchObject({ state: 'recording', run: 2, recordingStartedAt: at(6) })
  })

  test('makes the remaining messages of the earlier run late', () => {
    const { meeting, last } = run([
      told('joining_call', 1),
      told('in_call_recording', 2),
      seen('joining_call', 8, at(6)),
    ])
    expect([last, meeting.run]).toEqual(['applied', 2])
    expect(run([told('recording_failed', 5, 50)], meeting).last).toBe('late')
  })

  test.each([
    ['noted before the newest one', seen('in_waiting_room', 8, at(4))],
    ['without a time', seen('in_waiting_room', 8)],
    ['seen just after the newest one', seen('in_waiting_room', 5, at(5, 1))],
  ])('does not take a status %s for a restart', (_, look) => {
    expect(run([...failed, look]).last).toBe('late')
  })

  test('recognises a restart after a status that another sync saw', () => {
    const { meeting } = run([seen('recording_failed', 5, at(5)), seen('joining_call', 7, at(5, 40))])
    expect(meeting).toMatchObject({ state: 'joining', run: 2 })
  })

  test('relies on the vendor’s clock, because Seer’s may be slow', () => {
    const look: Known = [status('in_call_recording', null, { notedAt: at(7) }), at(0)]
    expect(run([...failed, look]).meeting).toMatchObject({ state: 'recording', run: 2 })
    expect(run([told('joining_call', 6), look]).meeting).toMatchObject({ state: 'recording', run: 1 })
  })

  test('is late when a newer status overtook it on its way', () => {
    expect(run([told('joining_call', 6), seen('recording_failed', 5)]).last).toBe('late')
  })
})

describe('messages without a time', () => {
  test('move a run forward, and make earlier stamps late', () => {
    const { meeting, outcomes } = run([
      timeless('in_call_not_recording', 3),
      told('joining_call', 1),
      told('in_call_recording', 2),
      timeless('call_ended', 30),
      told('recording_paused', 20),
    ])
    expect(outcomes).toEqual(['applied', 'late', 'applied', 'applied', 'late'])
    expect(meeting).toMatchObject({ state: 'processing', run: 1 })
  })

  test('keep the time of their first arrival when they are replayed', () => {
    expect(run([told('recording_failed', 5), told('joining_call', 6), timeless('call_ended', 4)]).last).toBe('late')
  })
})

describe('`retrying`', () => {
  const failed = [told('joining_call', 1), told('recording_failed', 5)]

  test('makes later messages of the earlier run late', () => {
    const { meeting, outcomes } = run([told('joining_call', 1), told('retrying', 5, 1), told('recording_failed', 5)])
    expect(outcomes.at(-1)).toBe('late')
    expect(meeting).toMatchObject({ state: 'queued', run: 2 })
  })

  test('makes messages of the earlier run late even after that run’s own late start', () => {
    const late = [told('joining_call', 4, 50), told('recording_failed', 4, 58)]
    const { meeting, outcomes } = run([told('retrying', 5), ...late, told('in_waiting_room', 5, 20)])
    expect(outcomes).toEqual(['applied', 'applied', 'late', 'applied'])
    expect(meeting).toMatchObject({ state: 'waiting_room', run: 2 })
  })

  test('is a duplicate when repeated, but not when it announces another restart', () => {
    const retrying = told('retrying', 5, 1)
    expect(run([...failed, retrying, retrying]).last).toBe('duplicate')
    expect(run([...failed, retrying, told('retrying', 15)]).meeting.run).toBe(3)
  })

  test.each([
    ['after the bot has started again', [...failed, told('joining_call', 6), told('retrying', 5, 1)]],
    ['although the server’s clock is ahead', [...failed, told('joining_call', 6), told('retrying', 6, 5)]],
    ['after a sync has seen the bot start again', [...failed, seen('joining_call', 8, at(6)), told('retrying', 5, 1)]],
    ['once there are results', [...failed, told('transcribing', 9), told('retrying', 8)]],
  ])('is late %s', (_, facts) => {
    expect(run(facts).last).toBe('late')
  })

  test('from a clock that is far off only delays the restart until the next sync', () => {
    const { meeting, outcomes } = run([
      ...failed,
      told('retrying', 20),
      told('joining_call', 6),
      seen('joining_call', 21),
    ])
    expect(outcomes.slice(-2)).toEqual(['late', 'applied'])
    expect(meeting).toMatchObject({ state: 'joining', run: 2 })
  })
})
