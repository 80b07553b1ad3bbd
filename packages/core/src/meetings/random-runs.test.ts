/**
 * Random runs in the legal orders of Meeting BaaS, delivered as badly as a network can: the state machine and a small
 * oracle, which shares nothing with it, must agree on every fact.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { aMeeting, at, completed, status } from '../../testing/meetings/builders.ts'
import { attempts, optional } from '../../testing/meetings/legal-runs.ts'
import type { Fact } from '../vendor/facts.ts'
import type { Meeting, MeetingState } from './meeting.ts'
import { applyFact } from './status/bot-status.ts'

/** Who stamps a code, and the state that it means. */
const botCodes: Record<string, MeetingState> = {
  joining_call: 'joining',
  in_waiting_room: 'waiting_room',
  in_waiting_for_host: 'waiting_room',
  in_call_not_recording: 'in_call',
  in_call_recording: 'recording',
  recording_paused: 'paused',
  recording_resumed: 'recording',
  bot_rejected: 'processing',
  waiting_room_timeout: 'processing',
  meeting_error: 'processing',
  invalid_meeting_url: 'processing',
  bot_removed_too_early: 'processing',
  call_ended: 'processing',
  recording_succeeded: 'processing',
  recording_failed: 'processing',
}

type Run = { facts: Fact[] }

/** The facts of one run in the order in which they happen, a second apart. `queued` and `transcribing` are the server's. */
const run: fc.Arbitrary<Run> = fc
  .record({
    attempts,
    queued: optional('queued'),
    crash: fc.boolean(),
    transcribing: fc.boolean(),
    finalStatus: fc.boolean(),
  })
  .map(({ attempts: [bad, good], queued, crash, transcribing, finalStatus }) => {
    const codes = [...queued, ...bad.flat(), ...(good ?? [])]
    if (good && transcribing) codes.push('transcribing')
    const facts: Fact[] = codes.map((code, i) => status(code, at(0, i)))
    const end = at(0, codes.length + 1)
    const goesWell = good !== null && !crash
    if (finalStatus) facts.push(status(goesWell ? 'completed' : 'failed', end))
    const why = {
      kind: 'failed' as const,
      at: end,
      code: crash ? 'OOM_KILLED' : 'BOT_NOT_ACCEPTED',
      message: null,
      results: null,
    }
    return { facts: [...facts, goesWell ? completed(end) : why] }
  })

/** Duplicates, swaps, delays and losses in one: any choice of the facts, in any order, any number of times. */
const badly = ({ facts }: Run) =>
  fc.oneof(
    fc.constant(facts),
    fc.shuffledSubarray(facts, { minLength: 1 }),
    fc.array(fc.constantFrom(...facts), { minLength: 1, maxLength: facts.length * 2 }),
    fc.tuple(fc.constant(facts), fc.nat(facts.length - 1)).map(([all, i]) => swapNeighbours(all, i)),
  )

function swapNeighbours(facts: Fact[], i: number): Fact[] {
  const swapped = [...facts]
  const [a, b] = [facts[i], facts[i + 1]]
  if (a && b) [swapped[i], swapped[i + 1]] = [b, a]
  return swapped
}

/** What should happen, fact by fact, by three rules. */
function oracle(delivered: Fact[]): { applied: boolean[]; state: MeetingState } {
  let newest = Number.NEGATIVE_INFINITY
  let state: MeetingState = 'queued'
  let [anything, sealedBy, isFinal] = [false, 0, false]
  const applied = delivered.map((fact) => {
    if (isFinal) return false
    // A final event ends the run, whatever came before.
    if (fact.kind !== 'status') {
      isFinal = true
      state = fact.kind as MeetingState
      return true
    }
    const seal = { transcribing: 1, completed: 2, failed: 2 }[fact.code] ?? 0
    // The server's codes move a run forward only.
    if (fact.code === 'queued') {
      if (anything) return false
    } else if (seal > 0) {
      if (sealedBy >= seal) return false
      sealedBy = seal
      state = 'processing'
    } else {
      // Of what the bot says, the newest counts, until the server has the result in hand.
      const time = fact.at?.getTime() ?? 0
      if (sealedBy > 0 || time <= newest) return false
      newest = time
      state = botCodes[fact.code] as MeetingState
    }
    anything = true
    return true
  })
  return { applied, state }
}

function deliver(facts: Fact[]): { applied: boolean[]; meeting: Meeting; outcomes: string[] } {
  let meeting = aMeeting({ state: 'queued', meetingBaasId: 'bot' })
  const outcomes = facts.map((fact) => {
    const decision = applyFact(meeting, fact, at(30))
    if ('next' in decision) meeting = decision.next
    return decision.outcome
  })
  return { applied: outcomes.map((outcome) => outcome === 'applied'), meeting, outcomes }
}

test('20,000 random runs, delivered badly, agree with the oracle on every fact and on the state', async () => {
  const deliveries = run.chain((legal) => badly(legal))
  await runModel(
    fc.property(deliveries, (facts) => {
      const expected = oracle(facts)
      const { applied, meeting } = deliver(facts)
      expect(applied).toEqual(expected.applied)
      expect(meeting.state).toBe(expected.state)
    }),
    { runs: 20_000 },
  )
  // About a second; much longer on a machine that others keep busy.
})

test('delivered in order, every fact of a run is applied and nothing is late', async () => {
  await runModel(
    fc.property(run, ({ facts }) => {
      expect(new Set(deliver(facts).outcomes)).toEqual(new Set(['applied']))
    }),
    { runs: 2_000 },
  )
})
