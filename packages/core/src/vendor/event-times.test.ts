import { describe, expect, test } from 'vitest'
import { lastsUntil, lastsWholeDays, wholeDays } from './event-times.ts'

const times = (start: string, end: string) => ({ startTime: new Date(start), endTime: new Date(end) })

test.each([
  ['2026-07-09T10:00Z', '2026-07-09T10:00Z', '2026-07-09T10:15Z'],
  ['2026-07-09T10:00Z', '2026-07-09T10:05Z', '2026-07-09T10:15Z'],
  ['2026-07-09T10:00Z', '2026-07-09T11:00Z', '2026-07-09T11:00Z'],
])('an event from %s to %s goes on until %s', (start, end, until) =>
  expect(lastsUntil(times(start, end))).toBe(Date.parse(until)),
)

const berlinSpring = times('2026-03-28T23:00Z', '2026-03-29T22:00Z')
const berlinAutumn = times('2026-10-24T22:00Z', '2026-10-25T23:00Z')
const lordHowe = times('2026-10-03T13:30Z', '2026-10-04T13:00Z')

describe('whole days', () => {
  test.each([
    ['of 24 hours', times('2026-07-09T00:00Z', '2026-07-10T00:00Z'), 1],
    ['of 23 hours', berlinSpring, 1],
    ['of 25 hours', berlinAutumn, 1],
    ['of 23 and a half', lordHowe, 1],
    ['a week with a short day', times('2026-03-25T23:00Z', '2026-04-01T22:00Z'), 7],
    ['no length', times('2026-07-09T00:00Z', '2026-07-09T00:00Z'), 0],
    ['half a day', times('2026-07-09T00:00Z', '2026-07-09T12:00Z'), 0],
    ['23 hours from an odd minute', times('2026-07-09T00:01Z', '2026-07-09T23:01Z'), 0],
    ['24 hours and a minute', times('2026-07-09T00:00Z', '2026-07-10T00:01Z'), 0],
  ])('%s', (_, each, days) => expect(wholeDays(each)).toBe(days))

  test.each([
    [berlinSpring, 'Europe/Berlin', true],
    [berlinAutumn, 'Europe/Berlin', true],
    [lordHowe, 'Australia/Lord_Howe', true],
    [berlinSpring, 'America/New_York', false],
    [times('2026-07-08T22:00Z', '2026-07-09T21:00Z'), 'Europe/Berlin', false],
    [times('2026-07-09T10:00Z', '2026-07-10T10:00Z'), 'Europe/Berlin', false],
    [berlinSpring, 'W. Europe Standard Time', true],
    [berlinSpring, null, true],
    [times('2026-07-09T10:00Z', '2026-07-09T11:00Z'), null, false],
  ])('%j in %s: %s', (each, zone, expected) => expect(lastsWholeDays(each, zone)).toBe(expected))
})
