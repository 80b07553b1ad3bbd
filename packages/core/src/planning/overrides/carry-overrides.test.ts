import { describe, expect, test } from 'vitest'
import { at } from '../../../testing/meetings/builders.ts'
import { anEvent, attendee, ines } from '../../../testing/planning/events.ts'
import { decided } from '../../rules/decision.ts'
import type { PlannedOverride } from '../scheduling-store.ts'
import { carryOverrides } from './carry-overrides.ts'

const day = 24 * 60
const elsewhere = { meetingUrl: 'https://zoom.us/j/912345678', joinKey: 'zoom:912345678' }
const rulesMatch = decided('rules', true, [{ code: 'rules_match' }])

type Changes = Parameters<typeof anEvent>[0]

/** Occurrences of a series on these days, which came up at noon unless changed. */
const series = (seriesId: string, days: number[], changes: Changes = {}) =>
  days.map((n) =>
    anEvent({
      id: `${seriesId}-${n}`,
      seriesId,
      isRecurring: true,
      startTime: at(n * day),
      endTime: at(n * day + 30),
      createdAt: at(0),
      ...changes,
    }),
  )

const word = (
  scope: 'event' | 'series',
  targetId: string,
  changes: Partial<PlannedOverride> = {},
): PlannedOverride => ({
  scope,
  targetId,
  value: 'skip',
  bot: null,
  updatedAt: at(-60),
  subject: null,
  isCarried: false,
  ...changes,
})

type Events = ReturnType<typeof series>

/** What is carried at noon over to these events; the notes on the overrides are of when `before` was all there was. */
function carried(before: Events, overrides: PlannedOverride[], after: Events, decidedIds: string[] = []) {
  const decisions = new Map(decidedIds.map((id) => [id, { decision: rulesMatch, decidedAt: at(-1) }]))
  const { notes } = carryOverrides({ events: before, overrides, decisions }, at(0))
  const noted = overrides.map((one) => {
    const note = notes.find(({ scope, targetId }) => scope === one.scope && targetId === one.targetId)
    return { ...one, subject: note?.subject ?? one.subject }
  })
  // In whatever order they come.
  const events = after.toReversed()
  const { carries } = carryOverrides({ events, overrides: noted, decisions }, at(0))
  return carries.map(({ targetId, fromId }) => `${fromId} to ${targetId}`)
}

const record = (seriesId: string) => word('series', seriesId, { value: 'record' })

/** What the series of these tests are known by. */
function subjectNow(): string | null {
  const noted = carryOverrides({ events: series('any', [1]), overrides: [record('any')], decisions: new Map() }, at(0))
  return noted.notes[0]?.subject ?? null
}

const cancelled = { status: 'cancelled' as const }
const removed = { ...cancelled, removedAt: at(-1) }
const old = series('old', [1, 2, 3, 4])

describe('a series that takes the place of another', () => {
  const skipped = [word('series', 'old')]
  const ended = [...old.slice(0, 2), ...series('old', [3, 4], cancelled)]

  test.each<[string, Events]>([
    ['from some occurrence on', [...ended, ...series('new', [3, 4])]],
    ['at other times', [...ended, ...series('new', [2.1, 3.1], { endTime: at(9 * day) })]],
    ['whose occurrences were removed', [...series('old', [1, 2, 3, 4], removed), ...series('new', [1, 2])]],
    ['whose calendar is gone', series('new', [1, 2, 3], { calendarId: 'another', integrationId: 'another' })],
    [
      'of which exceptions are called otherwise',
      [...series('new', [1, 2]), ...series('x', [5], { seriesId: 'new', isException: true, title: 'Special' })],
    ],
  ])('%s, gets its override', (_, events) => {
    expect(carried(old, skipped, events)).toEqual(['old to new'])
  })

  test.each<[string, Events]>([
    ['has another title', [...ended, ...series('new', [3, 4], { title: 'Retrospective' })]],
    ['has another link', [...ended, ...series('new', [3, 4], elsewhere)]],
    ['has no link', [...ended, ...series('new', [3, 4], { meetingUrl: null, joinKey: null })]],
    ['is in the calendar of another account', [...ended, ...series('new', [3, 4], { accountEmail: 'ines@home.test' })]],
    ['is of another provider', [...ended, ...series('new', [3, 4], { provider: 'microsoft' })]],
    ['begins before the old one ends', [...ended, ...series('new', [2, 3, 4])]],
    ['takes place beside the old one', [...old, ...series('new', [1.5, 2.5])]],
    ['is declined while the old one goes on', [...old, ...series('new', [3], cancelled)]],
    ['was there before the user said so', [...ended, ...series('new', [3, 4], { createdAt: at(-61) })]],
    [
      'is a single event',
      [...ended, anEvent({ id: 'one', seriesId: 'new', startTime: at(3 * day), createdAt: at(0) })],
    ],
    ['does not take place', [...ended, ...series('new', [3, 4], cancelled)]],
  ])('is not one that %s', (_, events) => {
    expect(carried(old, skipped, events)).toEqual([])
  })

  test('keeps its own override', () => {
    const events = [...ended, ...series('new', [3, 4])]
    expect(carried(old, [...skipped, word('series', 'new', { value: 'record' })], events)).toEqual([])
  })

  test('gets the override only once', () => {
    const events = [...ended, ...series('new', [3, 4])]
    expect(carried(old, [word('series', 'old', { isCarried: true })], events)).toEqual([])
  })

  test('is found at any time if Seer has not decided on it before, and otherwise within a day', () => {
    const week = -7 * day
    const long = [word('series', 'old', { updatedAt: at(2 * week) })]
    const events = series('new', [3, 4], { createdAt: at(week) })
    expect(carried(old, long, events)).toEqual(['old to new'])
    expect(carried(old, long, events, ['new-3'])).toEqual([])
    const [fresh, other] = series('new', [3, 4], { createdAt: at(-day + 1) })
    expect(carried(old, long, [fresh, other] as Events, ['new-3'])).toEqual(['old to new'])
  })

  test('is compared with the last state of the old series', () => {
    const renamed = series('old', [1, 2, 3], { title: 'Renamed' })
    const overrides = [word('series', 'old')]
    const { notes } = carryOverrides({ events: old, overrides, decisions: new Map() }, at(0))
    const first = [{ ...word('series', 'old'), subject: notes[0]?.subject ?? null }]
    expect(carried(renamed, first, series('new', [3], { title: 'Renamed' }))).toEqual(['old to new'])
    expect(carried(renamed, first, series('new', [3]))).toEqual([])
  })

  test('that replaced several with different overrides is skipped', () => {
    const both = [...old, ...series('other', [1, 2])]
    const other = word('series', 'other', { value: 'record', updatedAt: at(-30) })
    expect(carried(both, [other, ...skipped], series('new', [3]))).toEqual(['old to new'])
    expect(carried(both, [record('old'), other], series('new', [3]))).toEqual(['other to new'])
  })

  test('settles all overrides that might have been meant', () => {
    const both = [record('old'), record('other')].map((each) => ({ ...each, subject: subjectNow() }))
    const { carries } = carryOverrides({ events: series('new', [3]), overrides: both, decisions: new Map() }, at(0))
    expect(carries).toEqual([{ scope: 'series', targetId: 'new', fromId: 'old', predecessorIds: ['old', 'other'] }])
  })

  test('is not recorded if another series might be meant, but both may be skipped', () => {
    const two = [...series('new', [3, 5]), ...series('another', [4, 6])]
    expect(carried(old, [record('old')], two)).toEqual([])
    expect(carried(old, skipped, two)).toEqual(['old to new', 'old to another'])
  })
})

describe('an event that takes the place of another', () => {
  const [event] = series('old', [1]) as [Events[number]]
  const skipped = [word('event', event.id)]
  const declined = [attendee(ines, { responseStatus: 'declined' })]
  const again = (changes: Changes = {}) => anEvent({ ...event, id: 'again', seriesId: 'again', ...changes })

  test.each<[string, Events]>([
    ['was removed', [{ ...event, ...removed }, again()]],
    ['was cancelled', [{ ...event, ...cancelled }, again()]],
    ['was declined and removed', [{ ...event, ...removed, attendees: declined }, again()]],
    ['is gone with its calendar', [again({ integrationId: 'another', calendarId: 'another' })]],
    ['was there before, but is over now', [again({ createdAt: at(-9 * day) })]],
  ])('that %s, gets its override', (_, events) => {
    expect(carried([event], skipped, events)).toEqual(['old-1 to again'])
  })

  test.each<[string, Events]>([
    ['is at another time', [again({ startTime: at(day + 1) })]],
    ['has another title', [again({ title: 'Retrospective' })]],
    ['has another link', [again(elsewhere)]],
    ['stands beside one that takes place', [event, again()]],
    ['stands beside one that only its owner declined', [{ ...event, ...cancelled, attendees: declined }, again()]],
    [
      'stands beside one that lost its link',
      [{ ...event, meetingUrl: null, joinKey: null, startTime: at(1) }, again()],
    ],
  ])('is not one that %s', (_, events) => {
    expect(carried([event], skipped, events)).toEqual([])
  })

  test('gets its override, however many copies were made', () => {
    const twice = [again({ id: 'first' }), again({ id: 'second' })]
    const wanted = [word('event', event.id, { value: 'record' })]
    expect(carried([event], wanted, twice).sort()).toEqual(['old-1 to first', 'old-1 to second'])
  })

  test('gets the override of a series with one event as well, if it is at the same time', () => {
    const one = anEvent({ id: 'one', seriesId: 'of-one', createdAt: at(-day) })
    const of = (changes: Changes) => [anEvent({ id: 'two', seriesId: 'of-two', createdAt: at(0), ...changes })]
    expect(carried([one], [word('series', 'of-one')], of({}))).toEqual(['of-one to of-two'])
    expect(carried([one], [word('series', 'of-one')], of({ startTime: at(61) }))).toEqual([])
  })
})

describe('what an override is about', () => {
  const noted = (events: Events, overrides: PlannedOverride[]) =>
    carryOverrides({ events, overrides, decisions: new Map() }, at(0)).notes

  test('is noted once, and again after a change', () => {
    const [event] = old as [Events[number]]
    const first = noted(old, [word('event', event.id), word('series', 'old')])
    expect(first).toEqual([
      { scope: 'event', targetId: event.id, subject: expect.any(String), startsAt: event.startTime },
      { scope: 'series', targetId: 'old', subject: expect.any(String), startsAt: null },
    ])
    const known = first.map(({ scope, targetId, subject }) => word(scope, targetId, { subject }))
    expect(noted(old, known)).toEqual([])
    expect(noted(series('old', [1, 2], { title: 'Renamed' }), known)).toHaveLength(2)
    expect(noted(series('old', [1.1, 2]), known)).toEqual([])
    const later = [...series('old', [0], { title: 'Before it was renamed' }), ...old]
    expect(noted(later, known)).toEqual([])
  })

  test.each<[string, Changes]>([
    ['gone', removed],
    ['cancelled', cancelled],
    ['without a link', { meetingUrl: null, joinKey: null }],
  ])('stays as it was noted while the event is %s', (_, changes) => {
    expect(noted(series('old', [1, 2], changes), [word('series', 'old')])).toEqual([])
  })

  test('reveals nothing about the meeting', () => {
    const [note] = noted(old, [word('series', 'old')])
    expect(note?.subject).toMatch(/^[A-Za-z0-9+/]{27}=$/)
  })
})
