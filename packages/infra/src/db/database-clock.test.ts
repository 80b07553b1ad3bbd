import { expect, test } from 'vitest'
import { openDatabaseClock } from './database-clock.ts'

/** The database's clock shows this much more than ours. */
const ahead = 1_000_000

/** An answer for which the database looked at its clock at `at` by ours. */
const reading = (asked: number, at: number, answered: number) => ({ shown: at + ahead, asked, answered })

test('a slow answer is read by what a quick one said about the clocks', () => {
  const clock = openDatabaseClock()
  clock.toOurs(0, reading(100, 100.5, 101))
  expect(clock.toOurs(900 + ahead, reading(500, 501, 700))).toBe(900)
  expect(clock.toOurs(900 + ahead, reading(500, 699, 700))).toBe(900)
})

test('a quick answer is of no use for ever: clocks drift', () => {
  const clock = openDatabaseClock()
  clock.toOurs(0, reading(100, 100.5, 101))
  const driftedBy = 3
  const moment = 20_500 + ahead + driftedBy
  expect(clock.toOurs(moment, { shown: 20_005 + ahead + driftedBy, asked: 20_000, answered: 20_010 })).toBe(20_500)
})

test.each([-3_600_000, 3_600_000])('a clock that was set by %i ms does not put a moment out of reach', (setBy) => {
  const clock = openDatabaseClock()
  clock.toOurs(0, reading(100, 100.5, 101))
  const slow = { shown: 250 + ahead + setBy, asked: 200, answered: 300 }
  const ours = clock.toOurs(slow.shown + 50, slow)
  expect(ours).toBeGreaterThanOrEqual(250)
  expect(ours).toBeLessThanOrEqual(350)
})
