import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runModel } from '../../../testing/basics/model-runs.ts'
import { aMeeting, at, completed, status } from '../../../testing/meetings/builders.ts'
import type { Fact } from '../../vendor/facts.ts'
import { isFinal, type Meeting } from '../meeting.ts'
import { applyFact } from './bot-status.ts'

const started = aMeeting({ state: 'queued', meetingBaasId: 'bot' })

/** Applies facts one after the other and collects the outcomes. */
function run(facts: Fact[], from: Meeting = started) {
  let meeting = from
  const outcomes: string[] = []
  const entries: string[] = []
  for (const fact of facts) {
    const decision = applyFact(meeting, fact, at(59))
    outcomes.push(decision.outcome)
    if (!('next' in decision)) continue
    meeting = decision.next
    entries.push(...decision.entries.map(({ type }) => type))
  }
  return { meeting, outcomes, entries }
}

const failed = (code: string, time: Date): Fact => ({ kind: 'failed', at: time, code, message: 'Why', results: null })
const lobby = [status('queued', at(0)), status('joining_call', at(1)), status('in_waiting_room', at(2))]
const success = [
  ...lobby,
  status('in_call_not_recording', at(3)),
  status('in_call_recording', at(4), { recordingStartedAt: at(4, 1) }),
  status('call_ended', at(30)),
  status('recording_succeeded', at(31)),
  status('transcribing', at(31, 30)),
  completed(at(33)),
]

describe('a run in order', () => {
  test('logs every step of a success once, with the guide’s names', () => {
    const { meeting, outcomes, entries } = run(success)
    expect(new Set(outcomes)).toEqual(new Set(['applied']))
    expect(entries).toEqual([
      'bot_queued',
      'bot_joining',
      'bot_waiting_room',
      'bot_admitted',
      'bot_join_call',
      'recording_started',
      'bot_leave_call',
      'recording_finished',
      'transcribing',
      'recording_ready',
      'transcript_ready',
      'bot_completed',
    ])
    expect(meeting).toMatchObject({ state: 'completed', run: 1, finalAt: at(33), recordingStartedAt: at(4, 1) })
    expect(meeting.speakers).toEqual([{ name: 'Ines Okafor', id: '1', displayName: null }])
  })

  test.each([
    ['the host refuses', 'bot_rejected', 'BOT_NOT_ACCEPTED'],
    ['nobody lets the bot in', 'waiting_room_timeout', 'TIMEOUT_WAITING_TO_START'],
    ['the link is bad', 'invalid_meeting_url', 'INVALID_MEETING_URL'],
    ['the meeting asks for a login', 'meeting_error', 'LOGIN_REQUIRED'],
  ])('when %s, the run fails with the vendor’s code', (_, reason, code) => {
    const { meeting, entries } = run([
      ...lobby,
      status(reason, at(5), { message: 'No' }),
      status('recording_failed', at(6)),
      status('failed', at(7)),
      failed(code, at(7)),
    ])
    expect(meeting).toMatchObject({
      state: 'failed',
      errorCode: code,
      errorMessage: 'Why',
      finalAt: at(7),
      dueAt: null,
    })
    expect(entries.slice(-3)).toEqual(['bot_problem', 'recording_failed', 'bot_error'])
  })

  test('a run may pause any number of times', () => {
    const states = [success.slice(0, 5), [status('recording_paused', at(6))], [status('recording_resumed', at(7))]]
    expect(run([...states[0]!, ...states[1]!]).meeting.state).toBe('paused')
    const again = [...states.flat(), status('recording_paused', at(8)), status('recording_resumed', at(9))]
    const { meeting, outcomes } = run(again)
    expect(outcomes).not.toContain('late')
    expect(meeting).toMatchObject({ state: 'recording', run: 1, recordingStartedAt: at(4, 1) })
  })

  test('a crash of the bot ends the run in any state', () => {
    expect(run([...lobby, failed('OOM_KILLED', at(9))]).meeting).toMatchObject({
      state: 'failed',
      errorCode: 'OOM_KILLED',
    })
  })

  test('without a lobby the bot joins without being admitted', () => {
    const { entries } = run([status('joining_call', at(1)), status('in_call_recording', at(2))])
    expect(entries).toEqual(['bot_joining', 'bot_join_call', 'recording_started'])
  })

  test('a final event with every artifact null completes without a recording', () => {
    const artifacts = {
      video: null,
      audio: null,
      diarization: null,
      transcription: null,
      rawTranscription: null,
      chat: null,
    }
    const { meeting, entries } = run([completed(at(9), { artifacts, speakers: [], participants: [] })])
    expect(meeting.state).toBe('completed')
    expect(entries).toEqual(['bot_leave_call', 'bot_completed'])
  })
})

describe('the vendor starts a bot again', () => {
  const firstRun = [...lobby, status('recording_failed', at(5), { message: 'retry 1' })]

  test('a newer joining_call opens a new run', () => {
    const { meeting, entries } = run([...firstRun, status('joining_call', at(6)), status('in_waiting_room', at(7))])
    expect(meeting).toMatchObject({ state: 'waiting_room', run: 2, exitedAt: null })
    expect(entries).toContain('bot_restarted')
  })

  test('the restart is seen even when its first code was lost', () => {
    expect(run([...firstRun, status('in_waiting_room', at(7))]).meeting).toMatchObject({
      state: 'waiting_room',
      run: 2,
    })
  })

  test('codes of the old run that arrive afterwards are late', () => {
    const { meeting, outcomes } = run([status('joining_call', at(6)), ...firstRun])
    expect(outcomes).toEqual(['applied', 'late', 'late', 'late', 'late'])
    expect(meeting).toMatchObject({ state: 'joining', run: 1 })
  })

  test('`retrying` counts as the start of the next run', () => {
    const { meeting, entries } = run([...firstRun, status('retrying', at(5, 30)), status('joining_call', at(6))])
    expect(meeting).toMatchObject({ state: 'joining', run: 2 })
    expect(entries.slice(-2)).toEqual(['bot_retrying', 'bot_joining'])
  })

  test('a bot that was told to leave is told again after a restart', () => {
    const told = { ...started, leaveRequestedAt: at(4), leaveSentAt: at(4) }
    const { meeting } = run([...firstRun, status('joining_call', at(6))], told)
    expect(meeting).toMatchObject({ run: 2, leaveSentAt: null, writeDueAt: at(59, 5), round: told.round + 1 })
  })

  test('a restart does not cancel the look for a second bot', () => {
    const looking = { ...started, createAttempts: 2, lookDueAt: at(1) }
    expect(run([status('joining_call', at(6))], looking).meeting.lookDueAt).toEqual(at(1))
  })

  test('a server clock that runs ahead does not hide the bot’s next code', () => {
    const { meeting } = run([...firstRun, status('retrying', at(6, 50)), status('joining_call', at(6))])
    expect(meeting).toMatchObject({ state: 'joining', run: 2 })
  })
})

describe('late, repeated and unknown facts', () => {
  test('a fact that arrives after its successor is late and changes nothing', () => {
    const { meeting, outcomes } = run([status('in_waiting_room', at(2)), status('joining_call', at(1))])
    expect(outcomes).toEqual(['applied', 'late'])
    expect(meeting).toMatchObject({ state: 'waiting_room', run: 1 })
  })

  test('the same fact twice is a duplicate', () => {
    expect(run([lobby[1]!, lobby[1]!]).outcomes).toEqual(['applied', 'duplicate'])
    expect(run([completed(at(9)), completed(at(9))]).outcomes).toEqual(['applied', 'duplicate'])
  })

  test('nothing moves a final run', () => {
    const { meeting } = run(success)
    for (const fact of [...success, failed('SIGTERM', at(50)), status('joining_call', at(51))]) {
      expect(['late', 'duplicate']).toContain(applyFact(meeting, fact, at(59)).outcome)
    }
  })

  test('an unknown code is logged and asks for the details, but changes no state', () => {
    const { meeting, outcomes, entries } = run([...lobby, status('dancing', at(3))])
    expect(outcomes.at(-1)).toBe('unknown')
    expect(entries.at(-1)).toBe('bot_status_unknown')
    expect(meeting).toMatchObject({ state: 'waiting_room', lookDueAt: at(59, 20) })
  })

  test('a status without a time moves a run forward but never back', () => {
    expect(run([...lobby, status('in_call_recording', null)]).meeting.state).toBe('recording')
    expect(run([...success.slice(0, 5), status('joining_call', null)]).outcomes.at(-1)).toBe('late')
  })

  test('after the status `completed` Seer waits for the results, and asks for them if they do not come', () => {
    const { meeting } = run([...success.slice(0, 7), status('completed', at(32))])
    expect(meeting).toMatchObject({ state: 'processing', lookDueAt: at(59, 20) })
    expect(run([completed(at(33))], meeting).meeting).toMatchObject({ state: 'completed', lookDueAt: null })
  })

  test('when only the transcript failed, the recording is added after the end', () => {
    const { meeting } = run([...success.slice(0, 8), failed('TRANSCRIPTION_FAILED', at(33))])
    expect(meeting).toMatchObject({ state: 'failed', artifacts: null, lookDueAt: at(59, 20) })
    const { kind: _, at: __, ...results } = completed(at(33))
    const details: Fact = { kind: 'failed', at: null, code: 'TRANSCRIPTION_FAILED', message: null, results }
    const enriched = run([details, details], meeting)
    expect(enriched.outcomes).toEqual(['applied', 'duplicate'])
    expect(enriched.meeting).toMatchObject({
      state: 'failed',
      finalAt: at(33),
      artifacts: results.artifacts,
      dueAt: null,
    })
  })
})

describe('in any order of facts', () => {
  test('no fact ever reopens a final run or lowers the run count', async () => {
    const fact = fc.oneof(
      fc.constantFrom(...success),
      fc
        .record({ code: fc.constantFrom('joining_call', 'retrying', 'in_call_recording', 'x'), minute: fc.nat(60) })
        .map(({ code, minute }) => status(code, at(minute))),
      fc.constant(failed('SIGTERM', at(40))),
    )
    await runModel(
      fc.property(fc.array(fact, { maxLength: 30 }), (facts) => {
        let meeting = started
        for (const next of facts) {
          const decision = applyFact(meeting, next, at(59))
          if (!('next' in decision)) continue
          if (isFinal(meeting.state)) expect(decision.next.state).toBe(meeting.state)
          expect(decision.next.run).toBeGreaterThanOrEqual(meeting.run)
          meeting = decision.next
        }
      }),
      { runs: 3_000 },
    )
  })
})
