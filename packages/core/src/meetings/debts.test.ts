import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { aMeeting, at, status } from '../../testing/meetings/builders.ts'
import { consequencesOf } from './consequences.ts'
import {
  debtsOf,
  dueAtOf,
  hasSameDebts,
  heardAlive,
  isVendorWrite,
  lookForExtraBots,
  oweLook,
  oweNow,
  settledByEnd,
  tellAgainAt,
  wasJustTold,
  withDebts,
} from './debts.ts'
import { type Meeting, meetingStates } from './meeting.ts'
import { owedJobs } from './owed-jobs.ts'

const booked = aMeeting({ state: 'scheduled', meetingBaasId: 'bot' })
const jobsAfter = (before: Meeting, next: Meeting, now: Date) => consequencesOf({ before, next }, now).jobs
const kinds = (meeting: Meeting) => debtsOf(meeting).map(({ kind }) => kind)

describe('what is owed', () => {
  test.each([
    ['without a bot, that one is created', aMeeting(), ['create']],
    ['without a bot, whatever is wished: that comes with its creation', aMeeting({ changeOwed: true }), ['create']],
    ['nothing of one that was given up and never was', aMeeting({ state: 'failed', collected: true }), []],
    ['nothing of a bot that is as wanted', booked, []],
    ['a change of which the vendor was not told', { ...booked, changeOwed: true }, ['change']],
    ['no change of one that is on its way out', { ...booked, state: 'processing', changeOwed: true }, []],
    ['that it leaves, before any change', { ...booked, changeOwed: true, leaveRequestedAt: at(1) }, ['leave']],
    ['a look beside a write', { ...booked, changeOwed: true, lookDueAt: at(2) }, ['change', 'look']],
    ['without a bot, that one is created, also when it is to leave', aMeeting({ leaveRequestedAt: at(1) }), ['create']],
    ['no look at a bot that nobody knows', aMeeting({ lookDueAt: at(2) }), ['create']],
    ['no leave of one that has ended', { ...booked, state: 'completed', collected: true, leaveRequestedAt: at(1) }, []],
    ['no leave of one that is on its way out', { ...booked, state: 'processing', leaveRequestedAt: at(1) }, []],
    [
      'a leave of one whose end was not shown',
      { ...booked, state: 'failed', collected: true, leaveRequestedAt: at(1), writeDueAt: at(2) },
      ['leave'],
    ],
    ['a look after the end', { ...booked, state: 'failed', collected: true, lookDueAt: at(2) }, ['look']],
    ['the artifacts of a run that has completed', { ...booked, state: 'completed' }, ['collect']],
    ['the artifacts of a run that has failed', { ...booked, state: 'failed' }, ['collect']],
    ['no artifacts of a cancelled bot', { ...booked, state: 'cancelled' }, []],
  ] as [string, Meeting, string[]][])('%s', (_, meeting, expected) => expect(kinds(meeting)).toEqual(expected))

  test('a debt without a time is due since the meeting was ordered', () => {
    expect(dueAtOf({ ...booked, changeOwed: true })).toEqual(booked.createdAt)
  })

  test('a leave is due in seconds, whatever the join time, but a change for tomorrow has time', () => {
    const tomorrow = { ...booked, joinAt: at(24 * 60), changeOwed: true }
    expect(oweNow(tomorrow, at(5)).writeDueAt).toEqual(at(6))
    expect(oweNow({ ...tomorrow, leaveRequestedAt: at(5) }, at(5)).writeDueAt).toEqual(at(5, 5))
  })

  test('a look is due at the earliest time for which it was asked', () => {
    expect(oweLook({ lookDueAt: null }, at(2))).toEqual({ lookDueAt: at(2) })
    expect(oweLook({ lookDueAt: at(1) }, at(2))).toEqual({ lookDueAt: at(1) })
    expect(oweLook({ lookDueAt: at(3) }, at(2))).toEqual({ lookDueAt: at(2) })
  })

  test('an end settles everything except the look for a second bot', () => {
    const meeting = { ...booked, changeOwed: true, writeDueAt: at(2), lookDueAt: at(3), createAttempts: 1 }
    expect(settledByEnd(meeting)).toEqual({ writeDueAt: null, lookDueAt: null })
    const doubled = { ...meeting, ...lookForExtraBots(meeting, at(4)) }
    expect(doubled).toMatchObject({ createAttempts: 2, lookDueAt: at(4) })
    expect(settledByEnd(doubled)).toEqual({ writeDueAt: null, lookDueAt: at(4) })
    expect(lookForExtraBots({ ...meeting, createAttempts: 3 }, at(4))).toMatchObject({ createAttempts: 3 })
  })

  test('a change of either due time is written, and a change of none is not', () => {
    const meeting = withDebts({ ...booked, changeOwed: true, writeDueAt: at(2), lookDueAt: at(1) })
    expect(hasSameDebts(meeting, { ...meeting, lastProblem: 'x' })).toBe(true)
    expect(hasSameDebts(meeting, { ...meeting, writeDueAt: at(3) })).toBe(false)
    const looked = withDebts({ ...meeting, writeDueAt: at(1), lookDueAt: at(2) })
    expect(hasSameDebts(looked, { ...looked, lookDueAt: at(3) })).toBe(false)
  })

  test('the sweep gets all jobs that are due by then, and no others', () => {
    const meeting = { ...booked, round: 3, changeOwed: true, writeDueAt: at(2), lookDueAt: at(1) }
    const names = (by: Date) => owedJobs(meeting, by, at(0)).map(({ name }) => name)
    expect(names(at(0))).toEqual([])
    expect(names(at(1))).toEqual(['sync-bot'])
    expect(names(at(2))).toEqual(['reschedule-bot', 'sync-bot'])
  })
})

test('a change that makes a write owed now has its job as its consequence; any other has none', () => {
  const moved = oweNow({ ...booked, changeOwed: true }, at(5))
  expect(jobsAfter(booked, moved, at(5))).toMatchObject([
    { name: 'reschedule-bot', payload: { meetingId: booked.id, round: booked.round + 1 } },
  ])
  expect(moved.writeDueAt).toEqual(at(5, 5))
  expect(jobsAfter(booked, { ...booked, lastProblem: 'x' }, at(5))).toEqual([])
  // A write that was owed before has its job already.
  expect(jobsAfter(moved, { ...moved, lastProblem: 'x' }, at(5))).toEqual([])
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

test('the due times always match the debts, and settling one debt does not change the others', async () => {
  await runModel(
    fc.property(anyMeeting, (meeting) => {
      const dated = withDebts(meeting)
      const debts = debtsOf(dated)
      const first = Math.min(...debts.map(({ dueAt }) => +dueAt))
      expect(dated.dueAt?.getTime() ?? Number.POSITIVE_INFINITY).toBe(first)
      expect(dated.writeDueAt !== null).toBe(debts.some(({ kind }) => isVendorWrite(kind)))
      expect(withDebts(dated)).toEqual(dated)
      expect(debts.filter(({ kind }) => isVendorWrite(kind)).length).toBeLessThanOrEqual(1)
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
  test('a bot that never answers is told eleven times on the first day, and once on each later day', () => {
    const tellings = [at(0)]
    while (+(tellings.at(-1) as Date) < +at(7 * 24 * 60)) tellings.push(tellAgainAt(at(0), tellings.at(-1) as Date))
    const within = (from: Date, to: Date) => tellings.filter((each) => each >= from && each < to).length
    expect(within(at(0), at(24 * 60))).toBe(12)
    for (let day = 1; day < 7; day++) expect(within(at(day * 24 * 60), at((day + 1) * 24 * 60))).toBe(1)
  })

  const untold: Meeting = { ...booked, leaveRequestedAt: at(0), writeDueAt: at(100) }
  const told: Meeting = { ...booked, leaveRequestedAt: at(0), leaveSentAt: at(10), writeDueAt: at(100) }

  test('a bot has a minute to leave after it was told', () => {
    const isAt = (minutes: number) => wasJustTold(told, at(minutes))
    expect([isAt(10), isAt(11), isAt(60)]).toEqual([true, false, false])
    expect(wasJustTold(untold, at(1))).toBe(false)
  })

  test('after a sign of life the bot is told again at once', () => {
    const heard = heardAlive(told, status('joining_call', at(20)), at(20))
    expect(jobsAfter(told, heard, at(20))).toMatchObject([{ name: 'leave-bot' }])
  })

  test('after a sign of life within a minute of the telling, the bot is told again at the end of that minute', () => {
    const heard = heardAlive(told, status('in_waiting_room', at(10, 5)), at(10, 6))
    expect(heard).toMatchObject({ writeDueAt: at(11), round: told.round })
  })

  test.each([
    ['stamped before it was told', told, status('joining_call', at(9))],
    ['of a bot that was not told yet, from before the wish', untold, status('joining_call', at(0))],
    ['of a bot that nobody knows', { ...told, meetingBaasId: null }, status('joining_call', at(20))],
    ['of a bot that has left', told, status('call_ended', at(20))],
    ['of a bot that may stay', { ...told, leaveRequestedAt: null }, status('joining_call', at(20))],
    ['that comes when the next telling is near', { ...told, writeDueAt: at(21) }, status('joining_call', at(20))],
  ])('a sign of life %s changes nothing', (_, meeting, fact) => expect(heardAlive(meeting, fact, at(20))).toBe(meeting))

  test('a sign of life after an inferred end counts, too', () => {
    const over: Meeting = { ...told, state: 'cancelled', finalAt: at(10), writeDueAt: null }
    const heard = heardAlive(over, status('joining_call', at(20)), at(20))
    expect(jobsAfter(over, heard, at(20))).toMatchObject([{ name: 'leave-bot' }])
  })
})
