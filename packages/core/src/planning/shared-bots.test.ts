import { describe, expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { codesOf, decide, saying } from '../../testing/planning/decide.ts'
import { aBooking, anEvent } from '../../testing/planning/events.ts'

describe('other bots', () => {
  const own = aBooking({ eventId: 'event', endsAt: at(90), meetingId: 'm5' })
  const others = aBooking({ eventId: 'x', userId: 'bo', endsAt: at(90), meetingId: 'm3' })

  test('a colleague’s bot is shared, but only by users who want a recording', () => {
    const decision = decide({ bookings: [others] })
    expect(decision).toMatchObject({
      willRecord: true,
      by: 'rules',
      winner: 'shared_with_bot',
      sharedWith: { meetingId: 'm3' },
    })
    expect(decision.reasons.map(({ code }) => code)).toEqual(['shared_with_bot', 'rules_match'])
    expect(decide({ bookings: [others], rules: { enabled: false } })).toMatchObject({
      willRecord: false,
      winner: 'rules_off',
    })
    expect(decide({ bookings: [others], override: saying('skip') }).willRecord).toBe(false)
    expect(decide({ bookings: [others], override: saying('record') }).by).toBe('override_event')
  })

  test('a bot that the user ordered records, whatever the rules and overrides say', () => {
    const asked = { bookings: [aBooking()], rules: { enabled: false }, override: saying('skip') }
    expect(decide(asked)).toMatchObject({
      willRecord: true,
      by: 'manual',
      winner: 'manual_bot',
      sharedWith: { meetingId: 'm1' },
    })
    expect(codesOf(asked)).toEqual(['manual_bot', 'override_skip', 'rules_off'])
  })

  test('a user’s own booking does not count as shared', () => {
    expect(decide({ bookings: [own] })).toMatchObject({ winner: 'rules_match', sharedWith: null })
  })

  test('of two bots booked for one meeting the younger gives way, whichever of the users is planned', () => {
    expect(decide({ bookings: [own, others] }).sharedWith).toEqual({ meetingId: 'm3' })
    const theirs = anEvent({ id: 'x', userId: 'bo' })
    expect(decide({ event: theirs, bookings: [own, others] }).sharedWith).toBeNull()
    expect(decide({ bookings: [own, { ...others, eventId: null, meetingId: 'm9' }] }).sharedWith).toEqual({
      meetingId: 'm9',
    })
  })

  test.each([
    ['another room', { joinKey: 'meet:other' }],
    ['eleven minutes later', { startsAt: at(91), endsAt: at(120) }],
    ['ended when this begins', { startsAt: at(0), endsAt: at(60) }],
    ['gone', { isOver: true }],
  ])('%s: not the same meeting', (_, changes) => {
    expect(decide({ bookings: [{ ...others, ...changes }] }).winner).toBe('rules_match')
  })

  test.each([
    ['ten minutes off', { startsAt: at(50), endsAt: at(55) }, 'shared_with_bot'],
    ['joined in the middle', { startsAt: at(75), endsAt: null }, 'rules_match'],
    ['longer', { startsAt: at(0), endsAt: at(61) }, 'rules_match'],
  ])('%s: the same meeting, if the bot is the user’s own; else only if it begins with it', (_, changes, ofOthers) => {
    expect(decide({ bookings: [aBooking(changes)] }).winner).toBe('manual_bot')
    expect(decide({ bookings: [{ ...others, ...changes }] }).winner).toBe(ofOthers)
  })

  test('a bot that has started does not give way to a bot that has not', () => {
    const started = { ...own, hasStarted: true }
    expect(decide({ bookings: [started, others] }).sharedWith).toBeNull()
    expect(decide({ bookings: [started, { ...others, eventId: null }] }).sharedWith).toBeNull()
    expect(decide({ bookings: [own, { ...others, meetingId: 'm9', hasStarted: true }] }).sharedWith).toEqual({
      meetingId: 'm9',
    })
  })

  test.each([
    ['its own', { eventId: 'event' }, 'already_visited'],
    ['its own that came late', { eventId: 'event', startsAt: at(75), endsAt: at(80) }, 'already_visited'],
    ['ordered by hand', { startsAt: at(75), endsAt: at(80) }, 'already_visited'],
    ['that of another copy', { eventId: 'copy', startsAt: at(65), endsAt: at(80) }, 'already_visited'],
    ['its own of before it was moved', { eventId: 'event', startsAt: at(-60), endsAt: at(-30) }, 'override_record'],
    [
      'that of the meeting before, which ran over',
      { eventId: 'before', startsAt: at(30), endsAt: at(65) },
      'override_record',
    ],
    ['somebody else’s', { eventId: 'x', userId: 'bo' }, 'override_record'],
  ])('a bot that has left, %s', (_, changes, winner) => {
    const decision = decide({ bookings: [aBooking({ isOver: true, ...changes })], override: saying('record') })
    expect(decision.winner).toBe(winner)
  })

  test('a bot that failed before it was in the meeting is no visit, and its error says why', () => {
    const failed = aBooking({ isOver: true, eventId: 'event', failure: 'BOT_NOT_ACCEPTED' })
    const { winner, reasons } = decide({ bookings: [failed] })
    expect([winner, reasons[0]]).toEqual(['bot_failed', { code: 'bot_failed', detail: 'BOT_NOT_ACCEPTED' }])
    expect(decide({ bookings: [failed, aBooking({ isOver: true })] }).winner).toBe('already_visited')
  })

  test('an event of whole days does not share the bots of meetings during those days', () => {
    const event = anEvent({ isAllDay: true, startTime: at(-720), endTime: at(720) })
    const rules = { includeAllDay: true }
    expect(decide({ event, rules, bookings: [others] }).winner).toBe('rules_match')
    expect(decide({ event, rules, bookings: [{ ...others, startsAt: at(-720) }] }).winner).toBe('shared_with_bot')
  })

  test('a new bot counts, even if an earlier one has left', () => {
    const bookings = [
      { ...own, isOver: true },
      { ...own, meetingId: 'm6' },
    ]
    expect(decide({ bookings }).winner).toBe('rules_match')
  })
})
