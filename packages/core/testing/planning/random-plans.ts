/** Random calendars of one user with rules, overrides, bookings and limits. Small, so that many things coincide. */
import fc from 'fast-check'
import type { Booking } from '../../src/planning/same-gathering.ts'
import type { Override } from '../../src/rules/decision.ts'
import { RecordingRules } from '../../src/rules/rules.ts'
import type { CalendarEvent } from '../../src/vendor/calendar-event.ts'
import { at } from '../meetings/builders.ts'
import { anEvent, attendee, ines } from './events.ts'
import type { PlanInput } from './plan-recordings.ts'

const pick = fc.constantFrom
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 })
export const people = [
  'bo@acme.test',
  'kim@client.test',
  'ada@law.test',
  'sam@gmail.com',
  'x@resource.calendar.google.com',
]
export const words = ['planning', 'sales', '"call"', 'Évaluation']
const rooms = ['meet:a', 'meet:b', 'zoom:1']
const minutes = fc.integer({ min: -6, max: 8 * 24 }).map((tens) => tens * 10)

const someEvent: fc.Arbitrary<Partial<CalendarEvent>> = fc
  .record({
    startTime: minutes,
    length: pick(0, 10, 30, 60, 24 * 60),
    title: pick('Planning', 'Sales call', 'evaluation', ''),
    status: pick('confirmed', 'confirmed', 'tentative', 'cancelled'),
    link: pick(...rooms, ...rooms, 'none', 'other'),
    isAllDay: pick(false, false, false, true),
    isOrganizer: fc.boolean(),
    organizer: maybe(pick(...people).map((email) => ({ email, name: null }))),
    attendees: maybe(
      fc.record({
        others: fc.uniqueArray(fc.tuple(pick(...people), pick('accepted', 'declined')), {
          selector: ([email]) => email,
        }),
        answer: pick('accepted', 'needsAction', 'declined'),
      }),
    ),
    accountEmail: pick(ines, 'ines@gmail.com'),
    removedAt: pick(null, null, null, at(-1)),
    detailsReadAt: pick(null, at(0), at(0)),
    createdAt: pick(at(-9), at(-8)),
    seriesId: pick('s1', 's2'),
  })
  .map(({ startTime, length, link, attendees, ...event }) => ({
    ...event,
    startTime: at(startTime),
    endTime: at(startTime + length),
    meetingUrl: link === 'none' ? null : 'https://meet.google.com/abc-defg-hij',
    joinKey: rooms.includes(link) ? link : null,
    attendees: attendees && [
      attendee(ines, { responseStatus: attendees.answer }),
      ...attendees.others.map(([email, responseStatus]) => attendee(email, { responseStatus })),
    ],
  }))

export const someEvents = (prefix = 'e') =>
  fc.array(someEvent, { maxLength: 12 }).map((all) => all.map((e, i) => anEvent({ ...e, id: `${prefix}${i}` })))

const criteria = fc.record({
  keywords: fc.subarray(words),
  people: fc.subarray(people.slice(0, 3)),
  domains: fc.subarray(['acme.test', 'client.test', '*.google.com', 'gmail.com']),
})
export const someRuleSet = fc
  .record({
    enabled: pick(true, true, true, false),
    record: pick('all', 'all', 'internal', 'external'),
    role: pick('any', 'any', 'organizer', 'guest'),
    onlyAccepted: pick(false, false, true),
    participants: fc.record({ min: maybe(pick(1, 2, 3)), max: maybe(pick(2, 3)) }),
    durationMinutes: fc.record({ min: maybe(pick(10, 30)), max: maybe(pick(30, 60)) }),
    include: fc.oneof(fc.constant({}), criteria),
    exclude: fc.oneof(fc.constant({}), criteria),
    includeAllDay: fc.boolean(),
    pausedUntil: maybe(minutes.map((m) => at(m).toISOString())),
    leadMinutes: pick(0, 5),
  })
  .map((sent) => RecordingRules.parse(sent))

const overridesFor = fc.record({
  events: fc.dictionary(pick('e0', 'e1', 'e2'), pick<Override[]>('record', 'skip', 'inherit')),
  series: fc.dictionary(pick('s1', 's2'), pick<Override[]>('record', 'skip', 'inherit')),
})
const booking: fc.Arbitrary<Booking> = fc
  .record({
    meetingId: fc.integer({ min: 1, max: 9 }).map((n) => `m${n}`),
    userId: pick('ines', 'bo'),
    joinKey: pick(...rooms),
    eventId: pick(null, 'e0', 'e1', 'gone'),
    startsAt: minutes,
    length: pick(null, 30, 60),
    hasStarted: fc.boolean(),
    isOver: pick(false, false, true),
    isShared: pick(false, false, true),
    failure: pick(null, null, 'BOT_NOT_ACCEPTED'),
  })
  .map(({ startsAt, length, ...rest }) => {
    const endsAt = length === null ? null : at(startsAt + length)
    return {
      ...rest,
      startsAt: at(startsAt),
      joinsAt: at(startsAt),
      endsAt,
      joinUrl: 'https://meet.google.com/abc-defg-hij',
      uninvited: [],
    }
  })
const capacity = maybe(
  fc.record({
    botsPerDay: fc.integer({ min: 0, max: 4 }),
    taken: fc.array(
      minutes.map((m) => at(m)),
      { maxLength: 3 },
    ),
  }),
)

export const somePlan: fc.Arbitrary<PlanInput> = fc
  .record({
    events: someEvents(),
    rules: someRuleSet,
    overrides: overridesFor,
    bookings: fc.array(booking, { maxLength: 3 }),
    capacity,
  })
  .map(({ overrides, ...rest }) => ({
    ...rest,
    accountEmails: [ines, 'ines@gmail.com'],
    overrides: {
      events: new Map(Object.entries(overrides.events)),
      series: new Map(Object.entries(overrides.series)),
    },
    now: at(0),
  }))
