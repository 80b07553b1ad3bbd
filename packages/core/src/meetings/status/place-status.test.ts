/** Statuses that the bot did not stamp, and what may follow them. */
import { describe, expect, test } from 'vitest'
import { aMeeting, at, status } from '../../../testing/builders.ts'
import type { StatusFact } from '../../vendor/facts.ts'
import type { Meeting } from '../meeting.ts'
import { applyFact } from './bot-status.ts'

const started = aMeeting({ state: 'queued', meetingBaasId: 'bot' })

type Known = [fact: StatusFact, knownAt: Date]
/** Told by the bot's webhook. */
const told = (code: string, minute: number, second = 0): Known => [status(code, at(minute, second)), at(minute, second)]
/** Seen by a sync, and when the vendor's server had noted it. */
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
    ['an earlier one that comes late changes nothing', told('in_call_not_recording', 2, 30), 'late', 'recording', 1],
    ['nor does one within the skew of the clocks', told('in_call_not_recording', 3, 40), 'late', 'recording', 1],
    ['the same one is known', told('in_call_recording', 3), 'duplicate', 'recording', 1],
    ['a later one goes on, though its clock be behind', told('call_ended', 2, 40), 'applied', 'processing', 1],
    ['one that is clearly of a run before is late', told('recording_failed', 1, 30), 'late', 'recording', 1],
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

  test('where the server names no time, the time of the look is the bound', () => {
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

  test('knows a restart by the time at which the server noted it', () => {
    const { meeting } = run([...failed, seen('in_call_recording', 8, at(6))])
    expect(meeting).toMatchObject({ state: 'recording', run: 2, recordingStartedAt: at(6) })
  })

  test('and what the run before had still to say is late from then on', () => {
    const { meeting, last } = run([
      told('joining_call', 1),
      told('in_call_recording', 2),
      seen('joining_call', 8, at(6)),
    ])
    expect([last, meeting.run]).toEqual(['applied', 2])
    expect(run([told('recording_failed', 5, 50)], meeting).last).toBe('late')
  })

  test.each([
    ['noted before what we know', seen('in_waiting_room', 8, at(4))],
    ['without a time', seen('in_waiting_room', 8)],
    ['seen just after it', seen('in_waiting_room', 5, at(5, 1))],
  ])('but not one %s', (_, look) => {
    expect(run([...failed, look]).last).toBe('late')
  })

  test('also after a status that another sync had seen', () => {
    const { meeting } = run([seen('recording_failed', 5, at(5)), seen('joining_call', 7, at(5, 40))])
    expect(meeting).toMatchObject({ state: 'joining', run: 2 })
  })

  test('whatever our own clock says, which may be behind the vendor’s', () => {
    const look: Known = [status('in_call_recording', null, { notedAt: at(7) }), at(0)]
    expect(run([...failed, look]).meeting).toMatchObject({ state: 'recording', run: 2 })
    expect(run([told('joining_call', 6), look]).meeting).toMatchObject({ state: 'recording', run: 1 })
  })

  test('a look that was overtaken on its way is late, whatever it saw', () => {
    expect(run([told('joining_call', 6), seen('recording_failed', 5)]).last).toBe('late')
  })
})

describe('messages without a time', () => {
  test('go forward, and bound what comes after them', () => {
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

  test('replayed, they are as old as they were when they came', () => {
    expect(run([told('recording_failed', 5), told('joining_call', 6), timeless('call_ended', 4)]).last).toBe('late')
  })
})

describe('`retrying`', () => {
  const failed = [told('joining_call', 1), told('recording_failed', 5)]

  test('what the run before says after it is late', () => {
    const { meeting, outcomes } = run([told('joining_call', 1), told('retrying', 5, 1), told('recording_failed', 5)])
    expect(outcomes.at(-1)).toBe('late')
    expect(meeting).toMatchObject({ state: 'queued', run: 2 })
  })

  test('also when the run before says it after its own start, which comes late as well', () => {
    const late = [told('joining_call', 4, 50), told('recording_failed', 4, 58)]
    const { meeting, outcomes } = run([told('retrying', 5), ...late, told('in_waiting_room', 5, 20)])
    expect(outcomes).toEqual(['applied', 'applied', 'late', 'applied'])
    expect(meeting).toMatchObject({ state: 'waiting_room', run: 2 })
  })

  test('told again it is known; told of another restart it is not', () => {
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

  test('a clock that is far off costs a look, no more', () => {
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
