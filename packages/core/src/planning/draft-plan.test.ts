import { describe, expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import {
  aBooking,
  anEvent,
  anInvitation,
  aPlan,
  attendee,
  noOverrides,
  someRules,
} from '../../testing/planning/events.ts'
import { type PlanInput, planRecordings } from '../../testing/planning/plan-recordings.ts'
import type { Decision } from '../rules/decision.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

const plan = (events: CalendarEvent[], changes: Partial<PlanInput> = {}) => planRecordings(aPlan(events, changes))
const winners = (decisions: Map<string, Decision>) =>
  Object.fromEntries([...decisions].map(([id, d]) => [id, d.winner]))
const overriding = (events: Record<string, 'record' | 'skip'>) => ({
  ...noOverrides,
  events: new Map(Object.entries(events)),
})

describe('one meeting in two calendars', () => {
  const work = anEvent({ id: 'work', isOrganizer: false, createdAt: at(-5) })
  const home = anEvent({ id: 'home', accountEmail: 'ines@gmail.com', isOrganizer: false, createdAt: at(-9) })

  test('gets one bot, for the event in the organiser’s calendar or else for the older event', () => {
    const decisions = plan([work, home])
    expect(winners(decisions)).toEqual({ home: 'rules_match', work: 'shared_with_bot' })
    expect(decisions.get('work')).toMatchObject({ willRecord: true, by: 'rules', sharedWith: { eventId: 'home' } })
    expect(winners(plan([{ ...work, isOrganizer: true }, home]))).toEqual({
      work: 'rules_match',
      home: 'shared_with_bot',
    })
    expect(winners(plan([work, { ...home, createdAt: work.createdAt }]))).toMatchObject({ home: 'rules_match' })
  })

  test('the event that has the bot keeps it', () => {
    const bookings = [aBooking({ eventId: 'work', endsAt: at(90) })]
    expect(winners(plan([work, { ...home, isOrganizer: true }], { bookings }))).toMatchObject({ work: 'rules_match' })
  })

  test.each([
    ['ten minutes apart', { startTime: at(70), endTime: at(71) }, true],
    ['overlapping', { startTime: at(89), endTime: at(120) }, true],
    ['one after the other', { startTime: at(90), endTime: at(120) }, false],
    ['another room', { joinKey: 'meet:other' }, false],
    ['all day', { isAllDay: true, startTime: at(-720), endTime: at(720) }, false],
    ['cancelled', { status: 'cancelled' as const }, false],
  ])('%s: shared is %s', (_, changes, isShared) => {
    const decisions = plan([work, { ...home, ...changes }])
    expect([...decisions.values()].some(({ sharedWith }) => sharedWith !== null)).toBe(isShared)
  })

  test('a colleague’s bot is shared by both', () => {
    const bookings = [aBooking({ userId: 'bo', eventId: 'x', endsAt: at(90), meetingId: 'm3' })]
    const decisions = plan([work, home], { bookings })
    for (const id of ['work', 'home']) expect(decisions.get(id)?.sharedWith).toEqual({ meetingId: 'm3' })
  })

  test('a younger bot of a colleague is shared by neither', () => {
    const bookings = [
      aBooking({ userId: 'bo', eventId: 'x', endsAt: at(90), meetingId: 'm3' }),
      aBooking({ eventId: 'work', endsAt: at(90), meetingId: 'm2' }),
    ]
    const decisions = plan([work, home], { bookings })
    expect(decisions.get('work')?.sharedWith).toBeNull()
    expect(decisions.get('home')?.sharedWith).toEqual({ eventId: 'work' })
  })

  test('if one event is to be recorded, both are, and the other says what speaks against it', () => {
    const decisions = plan(
      [
        { ...work, organizer: { email: 'bo@acme.test', name: null } },
        { ...home, isOrganizer: true },
      ],
      {
        rules: someRules({ role: 'organizer' }),
      },
    )
    expect(decisions.get('work')).toMatchObject({ willRecord: true, sharedWith: { eventId: 'home' } })
    expect(decisions.get('work')?.reasons.map(({ code }) => code)).toEqual(['shared_with_bot', 'not_organizer'])
  })

  test('an exclusion in one calendar holds in both', () => {
    const rules = someRules({ exclude: { people: ['kim@law.test'] } })
    const decisions = plan([work, { ...home, attendees: [attendee('kim@law.test')] }], { rules })
    expect(winners(decisions)).toEqual({ work: 'excluded_person', home: 'excluded_person' })
    expect(decisions.get('work')?.willRecord).toBe(false)
  })

  test('an override of one event is for both, and `skip` counts before `record`', () => {
    const off = someRules({ enabled: false })
    expect(winners(plan([work, home], { overrides: overriding({ work: 'skip' }) }))).toEqual({
      work: 'override_skip',
      home: 'override_skip',
    })
    expect(winners(plan([work, home], { rules: off, overrides: overriding({ work: 'record' }) }))).toEqual({
      work: 'shared_with_bot',
      home: 'override_record',
    })
    expect(winners(plan([work, home], { overrides: overriding({ work: 'record', home: 'skip' }) }))).toEqual({
      work: 'override_skip',
      home: 'override_skip',
    })
  })

  test('an override of one event counts more than an exclusion by rules in the other', () => {
    const rules = someRules({ exclude: { people: ['bo@acme.test'] } })
    const decisions = plan([work, home], { rules, overrides: overriding({ work: 'record' }) })
    expect(winners(decisions)).toEqual({ work: 'shared_with_bot', home: 'override_record' })
  })

  test('an override of a series is for all its events', () => {
    const overrides = { events: new Map(), series: new Map([['s', 'skip' as const]]) }
    const decisions = plan([anEvent({ id: 'a', seriesId: 's' }), anEvent({ id: 'b', joinKey: 'meet:b' })], {
      overrides,
    })
    expect(winners(decisions)).toEqual({ a: 'series_override_skip', b: 'rules_match' })
  })
})

test('an event does not take over the bot of another event that moved away', () => {
  const moved = anEvent({ id: 'moved', startTime: at(300), endTime: at(330) })
  const bookings = [aBooking({ eventId: 'moved', endsAt: at(90) })]
  expect(winners(plan([moved, anEvent({ id: 'new' })], { bookings }))).toEqual({
    moved: 'rules_match',
    new: 'rules_match',
  })
  // One whose event is gone with its calendar is called off, or becomes the bot of this one: see botsByEvent.
  expect(winners(plan([anEvent({ id: 'new' })], { bookings }))).toEqual({ new: 'rules_match' })
})

describe('the plan allows two bots a day', () => {
  const capacity = { botsPerDay: 2, taken: [] }
  const room = (id: string, startsAt: number, changes: Partial<CalendarEvent> = {}) =>
    anInvitation('bo@acme.test', {
      id,
      joinKey: `meet:${id}`,
      startTime: at(startsAt),
      endTime: at(startsAt + 30),
      ...changes,
    })
  const four = [room('a', 10), room('b', 20), room('c', 30), room('d', 40)]
  const recorded = (decisions: Map<string, Decision>) =>
    [...decisions].filter(([, d]) => d.willRecord).map(([id]) => id)

  test('the earlier meetings get the bots, and the other events say why they get none', () => {
    const decisions = plan(four, { capacity })
    expect(recorded(decisions)).toEqual(['a', 'b'])
    expect(decisions.get('c')).toMatchObject({ willRecord: false, by: 'capacity', winner: 'daily_cap' })
    expect(decisions.get('c')?.reasons.map(({ code }) => code)).toEqual(['daily_cap', 'rules_match'])
  })

  test.each([
    ['an override', four, { overrides: overriding({ d: 'record' }) }, ['a', 'd']],
    ['what the user organises', [...four, room('e', 50, { isOrganizer: true })], {}, ['a', 'e']],
    [
      'what is booked',
      four,
      { bookings: [aBooking({ joinKey: 'meet:d', eventId: 'd', startsAt: at(40) })] },
      ['a', 'd'],
    ],
    ['others’ bots', four, { capacity: { botsPerDay: 2, taken: [at(-60)] } }, ['a']],
    ['a later day', [...four, room('z', 24 * 60 + 20)], {}, ['a', 'b', 'z']],
  ])('%s', (_, events, changes, expected) => {
    expect(recorded(plan(events, { capacity, ...changes })).sort()).toEqual(expected)
  })

  test('a bot that is in its meeting is not called back', () => {
    const running = room('r', -10, { endTime: at(60) })
    const bookings = [aBooking({ joinKey: 'meet:r', eventId: 'r', startsAt: at(-10) })]
    const overrides = overriding({ a: 'record', b: 'record' })
    expect(recorded(plan([...four, running], { capacity, bookings, overrides })).sort()).toEqual(['a', 'r'])
  })

  test('a bot for a meeting that has begun joins now, not when the meeting began', () => {
    const begun = room('begun', -300, { endTime: at(60) })
    const limit = { botsPerDay: 1, taken: [at(24 * 60 - 1)] }
    expect(recorded(plan([begun], { capacity: limit }))).toEqual([])
    expect(recorded(plan([begun], { capacity: { ...limit, taken: [at(24 * 60)] } }))).toEqual(['begun'])
  })

  test('a meeting in two calendars takes one place, and both of its events lose it together', () => {
    const copy = { ...room('a', 10), id: 'copy' }
    expect(recorded(plan([...four, copy], { capacity })).sort()).toEqual(['a', 'b', 'copy'])
    const none = plan([...four, copy], { capacity: { botsPerDay: 0, taken: [] } })
    expect(new Set(Object.values(winners(none)))).toEqual(new Set(['daily_cap']))
    expect(none.get('copy')?.reasons.map(({ code }) => code)).toEqual(['daily_cap', 'rules_match'])
  })

  test('shared bots take no place', () => {
    const bookings = ['a', 'b'].map((id) =>
      aBooking({ joinKey: `meet:${id}`, userId: 'bo', eventId: 'x', startsAt: at(15) }),
    )
    expect(recorded(plan(four, { capacity, bookings }))).toEqual(['a', 'b', 'c', 'd'])
  })
})
