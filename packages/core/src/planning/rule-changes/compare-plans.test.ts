import { expect, test } from 'vitest'
import { at } from '../../../testing/meetings/builders.ts'
import { aBooking, anEvent, aPlan, attendee, ines, someRules } from '../../../testing/planning/events.ts'
import { planRecordings } from '../../../testing/planning/plan-recordings.ts'
import { comparePlans } from './compare-plans.ts'

const sales = anEvent({ id: 'sales', title: 'Sales', joinKey: 'meet:s', startTime: at(60), endTime: at(150) })
const copy = { ...sales, id: 'copy', endTime: at(180), createdAt: at(0) }
const planning = anEvent({ id: 'planning' })
const external = anEvent({
  id: 'external',
  joinKey: 'meet:e',
  attendees: [attendee(ines), attendee('kim@client.test')],
})
const noLink = anEvent({ id: 'no-link', meetingUrl: null, joinKey: null })
const past = anEvent({ id: 'past', startTime: at(-60), endTime: at(-30) })
const later = anEvent({ id: 'later', startTime: at(60 * 24 * 40), endTime: at(60 * 24 * 40 + 30) })
const events = [later, external, copy, sales, planning, noLink, past]

const preview = (current: Record<string, unknown>, proposed: Record<string, unknown>, examples = 10) =>
  comparePlans({
    events,
    before: planRecordings(aPlan(events, { rules: someRules(current) })),
    after: planRecordings(aPlan(events, { rules: someRules(proposed) })),
    now: at(0),
    until: at(60 * 24 * 30),
    examples,
  })

test('switching on rules: each meeting that would newly be recorded is listed once, with the hours of all', () => {
  const { added, removed, ...rest } = preview({ enabled: false }, { exclude: { keywords: ['planning'] } })
  expect(added).toMatchObject({ meetings: 1, hours: 2, events: 2 })
  expect(added.examples.map(({ event, before, after }) => [event.id, before.winner, after.winner])).toEqual([
    ['copy', 'rules_off', 'shared_with_bot'],
    ['sales', 'rules_off', 'rules_match'],
  ])
  expect(removed).toEqual({ meetings: 0, hours: 0, events: 0, examples: [] })
  expect(rest).toEqual({
    events: 5,
    current: { meetings: 0, hours: 0 },
    proposed: { meetings: 1, hours: 2 },
    unchanged: { recorded: 0, notRecorded: 3 },
    reasons: { excluded_keyword: 2, no_meeting_url: 1, rules_match: 1, shared_with_bot: 1 },
  })
})

test('narrowing rules: meetings that would no longer be recorded are listed, with reasons', () => {
  const { added, removed, unchanged, proposed } = preview({}, { record: 'external' }, 1)
  expect(added.events).toBe(0)
  expect(removed).toMatchObject({ meetings: 2, hours: 2.5, events: 3 })
  expect(removed.examples.map(({ event, after }) => [event.id, after.reasons])).toEqual([
    ['copy', [{ code: 'not_external', rule: 'record' }]],
  ])
  expect(unchanged).toEqual({ recorded: 1, notRecorded: 1 })
  expect(proposed).toEqual({ meetings: 1, hours: 0.5 })
})

test('events that share one booked bot count as one meeting', () => {
  const bookings = [aBooking({ joinKey: 'meet:s', userId: 'bo', eventId: 'x', startsAt: at(60) })]
  const input = aPlan([sales, copy], { bookings, rules: someRules({ enabled: false }) })
  const before = planRecordings(input)
  const after = planRecordings({ ...input, rules: someRules() })
  const { added } = comparePlans({ ...input, before, after, until: at(999), examples: 0 })
  expect(added).toEqual({ meetings: 1, hours: 2, events: 2, examples: [] })
})

test('equal rules change nothing, and the input is not modified', () => {
  const before = JSON.stringify(events)
  const { added, removed } = preview({}, {})
  expect([added.events, removed.events]).toEqual([0, 0])
  expect(JSON.stringify(events)).toBe(before)
})
