import { PermanentError, RetryableError } from '@seer/core/basics/errors'
import { expect, test } from 'vitest'
import { delayBeforeRetry } from './backoff.ts'

const policy = { attempts: 9, firstDelayMs: 1_000, maxDelayMs: 10_000 }
const failure = new Error('x')

test('the ceiling doubles with every failed attempt, up to the longest delay', () => {
  const ceilings = [1, 2, 3, 4, 5, 9].map((made) => delayBeforeRetry(policy, made, failure, 1))
  expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000])
})

test('the delay lies anywhere below the ceiling', () => {
  expect([0, 0.25, 0.5].map((random) => delayBeforeRetry(policy, 3, failure, random))).toEqual([0, 1_000, 2_000])
})

test('a pause that the other side asked for is never cut short', () => {
  const asked = new RetryableError('VENDOR_UNAVAILABLE', { retryAfterMs: 60_000 })
  expect(delayBeforeRetry(policy, 1, asked, 0)).toBe(60_000)
  expect(delayBeforeRetry(policy, 1, asked, 1)).toBe(61_000)
  expect(delayBeforeRetry(policy, 1, new PermanentError('NOT_FOUND'), 0)).toBe(0)
})
