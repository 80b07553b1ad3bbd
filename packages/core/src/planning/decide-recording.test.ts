import { describe, expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { type Asked, decide, declinedEvent, saying } from '../../testing/planning/decide.ts'
import { aBooking, anEvent } from '../../testing/planning/events.ts'
import type { ReasonCode } from '../rules/decision.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

test('an event is recorded by the rules if nothing speaks against it', () => {
  expect(decide()).toEqual({
    willRecord: true,
    by: 'rules',
    winner: 'rules_match',
    reasons: [{ code: 'rules_match' }],
    sharedWith: null,
  })
})

test.each([
  ['of no length', at(0), at(0)],
  ['of no length, begun', at(-14, -59), at(-14, -59)],
  ['of five minutes, begun', at(-14), at(-9)],
])('an event %s can be recorded', (_, startTime, endTime) => {
  expect(decide({ event: anEvent({ startTime, endTime }) })).toMatchObject({ willRecord: true })
})

describe('facts that make recording impossible', () => {
  const cases: [string, Partial<CalendarEvent>, ReasonCode[]][] = [
    ['removed', { removedAt: at(-5), status: 'cancelled' }, ['removed']],
    ['cancelled', { status: 'cancelled' }, ['cancelled']],
    ['ended at this moment', { startTime: at(-30), endTime: at(0) }, ['in_the_past']],
    ['of no length, a quarter of an hour ago', { startTime: at(-15), endTime: at(-15) }, ['in_the_past']],
    ['of five minutes, a quarter of an hour ago', { startTime: at(-15), endTime: at(-10) }, ['in_the_past']],
    ['without a link', { meetingUrl: null, joinKey: null }, ['no_meeting_url']],
    ['with a link of another service', { joinKey: null }, ['unsupported_platform']],
    [
      'with everything wrong',
      { status: 'cancelled', startTime: at(-29), endTime: at(-5), meetingUrl: null, joinKey: null },
      ['cancelled', 'in_the_past', 'no_meeting_url'],
    ],
  ]
  test.each(cases)('%s, whatever the user chose', (_, changes, codes) => {
    const decision = decide({ event: anEvent(changes), override: saying('record', 'record'), bookings: [aBooking()] })
    expect(decision).toMatchObject({ willRecord: false, by: 'event', winner: codes[0] })
    expect(decision.reasons.map(({ code }) => code)).toEqual(codes)
  })

  test('an event that has begun is still recorded', () => {
    expect(decide({ event: anEvent({ startTime: at(-20), endTime: at(1) }) }).willRecord).toBe(true)
  })
})

describe('overrides', () => {
  const off = { enabled: false, pausedUntil: at(99).toISOString() }
  const cases: [Asked, boolean, string, ReasonCode[]][] = [
    [{ override: saying('record'), rules: off }, true, 'override_event', ['override_record', 'paused', 'rules_off']],
    [{ override: saying('record'), event: declinedEvent }, true, 'override_event', ['override_record', 'declined']],
    [{ override: saying('skip') }, false, 'override_event', ['override_skip', 'rules_match']],
    [
      { override: saying('inherit', 'record'), rules: { enabled: false } },
      true,
      'override_series',
      ['series_override_record', 'rules_off'],
    ],
    [{ override: saying('inherit', 'skip') }, false, 'override_series', ['series_override_skip', 'rules_match']],
    [
      { override: saying('record', 'skip') },
      true,
      'override_event',
      ['override_record', 'series_override_skip', 'rules_match'],
    ],
    [
      { override: saying('skip', 'record') },
      false,
      'override_event',
      ['override_skip', 'series_override_record', 'rules_match'],
    ],
    [{ override: saying('inherit', 'inherit') }, true, 'rules', ['rules_match']],
  ]
  test.each(cases)('%j', (asked, willRecord, by, codes) => {
    const decision = decide(asked)
    expect(decision).toMatchObject({ willRecord, by, winner: codes[0] })
    expect(decision.reasons.map(({ code }) => code)).toEqual(codes)
  })
})

test('all reasons are listed in order of precedence, with what was found', () => {
  const rules = {
    enabled: false,
    record: 'external',
    role: 'guest',
    participants: { min: 3 },
    durationMinutes: { min: 45 },
    include: { keywords: ['sales'] },
    exclude: { keywords: ['"weekly"'], people: ['bo@acme.test'], domains: ['acme.test'] },
    pausedUntil: at(61).toISOString(),
  }
  expect(decide({ rules, event: { ...declinedEvent, isAllDay: true } }).reasons).toEqual([
    { code: 'paused', rule: 'pausedUntil', detail: at(61).toISOString() },
    { code: 'rules_off', rule: 'enabled' },
    { code: 'excluded_keyword', rule: 'exclude.keywords', detail: '"weekly"' },
    { code: 'excluded_person', rule: 'exclude.people', detail: 'bo@acme.test' },
    { code: 'excluded_domain', rule: 'exclude.domains', detail: 'acme.test' },
    { code: 'declined' },
    { code: 'all_day', rule: 'includeAllDay' },
    { code: 'not_guest', rule: 'role' },
    { code: 'not_external', rule: 'record' },
    { code: 'too_few_participants', rule: 'participants.min', detail: '2' },
    { code: 'too_short', rule: 'durationMinutes.min', detail: '30 min' },
    { code: 'not_included', rule: 'include' },
  ])
})
