import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aMeeting, at, status } from '../testing/builders.ts'
import { runModel } from '../testing/model-runs.ts'
import { debtsOf, dueAtOf, heardAlive, oweNow, tellAgainAt, withDebts } from './debts.ts'
import { type Meeting, meetingStates } from './meeting.ts'
import { consequencesOf, owedJobs } from './owed-job.ts'

const booked = aMeeting({ state: 'scheduled', meetingBaasId: 'bot' })
const kinds = (meeting: Meeting) => debtsOf(meeting).map(({ kind }) => kind)

describe('what is owed', () => {
  test.each([
    ['without a bot, that one is created', aMeeting(), ['create']],
    ['without a bot, whatever is wished: that comes with its creation', aMeeting({ changeOwed: true }), ['create']],
    ['nothing of one that was given up and never was', aMeeting({ state: 'failed' }), []],
    ['nothing of a bot that is as wanted', booked, []],
    ['a change of which the vendor was not told', { ...booked, changeOwed: true }, ['change']],
    ['no change of one that is on its way out', { ...booked, state: 'processing', changeOwed: true }, []],
    ['that it leaves, before any change', { ...booked, changeOwed: true, leaveRequestedAt: at(1) }, ['leave']],
    ['a look beside a write', { ...booked, changeOwed: true, lookDueAt: at(2) }, ['change', 'look']],
    ['no leave of one that is on its way out', { ...booked, state: 'processing', leaveRequestedAt: at(1) }, []],
    [
      'a leave of one whose end was not shown',
      { ...booked, state: 'failed', leaveRequestedAt: at(1), writeDueAt: at(2) },
      ['leave'],
    ],
    ['a look after the end', { ...booked, state: 'failed', lookDueAt: at(2) }, ['look']],
  ] as [string, Meeting, string[]][])('%s', (_, meeting, expected) => expect(kinds(meeting)).toEqual(expected))

  test('what has no time is due since the meeting was ordered', () => {
    expect(dueAtOf({ ...booked, changeOwed: true })).toEqual(booked.createdAt)
  })

  test('the sweep gets all jobs that are due by then, and no other', () => {
    const meeting = { ...booked, round: 3, changeOwed: true, writeDueAt: at(2), lookDueAt: at(1) }
    const names = (by: Date) => owedJobs(meeting, by, at(0)).map(({ name }) => name)
    expect(names(at(0))).toEqual([])
    expect(names(at(1))).toEqual(['sync-bot'])
    expect(names(at(2))).toEqual(['reschedule-bot', 'sync-bot'])
  })
})

test('a change that makes a write owed now has its job as its consequence; any other has none', () => {
  const moved = oweNow({ ...booked, changeOwed: true }, at(5))
  expect(consequencesOf(booked, moved, at(5))).toMatchObject([
    { name: 'reschedule-bot', payload: { meetingId: booked.id, round: booked.round + 1 } },
  ])
  expect(moved.writeDueAt).toEqual(at(5, 5))
  expect(consequencesOf(booked, { ...booked, lastProblem: 'x' }, at(5))).toEqual([])
})

const time = fc.option(fc.integer({ min: 0, max: 60 }).map((minutes) => at(minutes)))
const anyMeeting = fc
  .record({
    state: fc.constantFrom(...meetingStates),
    meetingBaasId: fc.constantFrom(null, 'bot'),
    leaveRequestedAt: time,
    changeOwed: fc.boolean(),
    writeDueAt: time,
    lookDueAt: time,
  })
  .map((changes) => aMeeting(changes))

test('due times say neither more nor less than the debts, and settling one leaves the other', async () => {
  await runModel(
    fc.property(anyMeeting, (meeting) => {
      const dated = withDebts(meeting)
      const debts = debtsOf(dated)
      const first = Math.min(...debts.map(({ dueAt }) => +dueAt))
      expect(dated.dueAt?.getTime() ?? Number.POSITIVE_INFINITY).toBe(first)
      expect(withDebts(dated)).toEqual(dated)
      expect(debts.filter(({ kind }) => kind !== 'look').length).toBeLessThanOrEqual(1)
      const looked = withDebts({ ...dated, lookDueAt: null })
      expect(debtsOf(looked)).toEqual(debts.filter(({ kind }) => kind !== 'look'))
      const told = withDebts({ ...dated, changeOwed: false })
      expect(debtsOf(told).filter(({ kind }) => kind !== 'change')).toEqual(
        debts.filter(({ kind }) => kind !== 'change'),
      )
    }),
    { runs: 2_000 },
  )
})

describe('telling again', () => {
  test('a bot that never answers is told eleven times on the first day, and once on each that follows', () => {
    const tellings = [at(0)]
    while (+(tellings.at(-1) as Date) < +at(3 * 24 * 60)) tellings.push(tellAgainAt(at(0), tellings.at(-1) as Date))
    const within = (from: Date, to: Date) => tellings.filter((each) => each >= from && each < to).length
    expect(within(at(0), at(24 * 60))).toBe(12)
    expect(within(at(24 * 60), at(48 * 60))).toBe(1)
  })

  const told: Meeting = { ...booked, leaveRequestedAt: at(0), leaveSentAt: at(10), writeDueAt: at(100) }

  test('a sign of life from after the last telling has it told again at once', () => {
    const heard = heardAlive(told, status('joining_call', at(20)), at(20))
    expect(consequencesOf(told, heard, at(20))).toMatchObject([{ name: 'leave-bot' }])
  })

  test('one of the minute in which it was told waits for the end of that minute', () => {
    const heard = heardAlive(told, status('in_waiting_room', at(10, 5)), at(10, 6))
    expect(heard).toMatchObject({ writeDueAt: at(11), round: told.round })
  })

  test.each([
    ['stamped before it was told', told, status('joining_call', at(9))],
    ['of a bot that has left', told, status('call_ended', at(20))],
    ['of a bot that may stay', { ...told, leaveRequestedAt: null }, status('joining_call', at(20))],
    ['that comes when the next telling is near', { ...told, writeDueAt: at(21) }, status('joining_call', at(20))],
  ])('one %s changes nothing', (_, meeting, fact) => expect(heardAlive(meeting, fact, at(20))).toBe(meeting))

  test('one after an end that was not to be believed counts as well', () => {
    const over: Meeting = { ...told, state: 'cancelled', finalAt: at(10), writeDueAt: null }
    const heard = heardAlive(over, status('joining_call', at(20)), at(20))
    expect(consequencesOf(over, heard, at(20))).toMatchObject([{ name: 'leave-bot' }])
  })
})
