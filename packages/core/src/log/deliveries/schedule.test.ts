import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attemptsAtMost, nextAttemptAt, waits } from './schedule.ts'

const at = new Date('2030-01-01T00:00:00Z')
const waitAfter = (attempts: number, retryAfterMs: number | null = null, random = 0.5) => {
  const next = nextAttemptAt(attempts, { at, retryAfterMs, random })
  return next && next.getTime() - at.getTime()
}

test('ten attempts in 75 hours and 35 minutes, as the specification suggests', () => {
  expect(attemptsAtMost).toBe(10)
  expect(Math.round(waits.reduce((sum, wait) => sum + wait) / 60_000)).toBe(75 * 60 + 35)
  expect([1, 2, 3, 4].map((attempts) => waitAfter(attempts))).toEqual([5_000, 300_000, 1_800_000, 7_200_000])
  expect(waitAfter(9)).toBe(24 * 3_600_000)
  expect(waitAfter(10)).toBeNull()
})

test('each wait is a fifth longer or shorter at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
      const wait = waitAfter(attempts, null, random) as number
      expect(wait).toBeGreaterThanOrEqual((waits[attempts] as number) * 0.8 - 1)
      expect(wait).toBeLessThanOrEqual((waits[attempts] as number) * 1.2 + 1)
    }),
  )
})

test('a receiver is waited for as long as it asks, but no longer than a day, and never shorter than planned', () => {
  expect(waitAfter(1, 60_000)).toBe(60_000)
  expect(waitAfter(3, 60_000)).toBe(1_800_000)
  expect(waitAfter(1, 48 * 3_600_000)).toBe(24 * 3_600_000)
})
