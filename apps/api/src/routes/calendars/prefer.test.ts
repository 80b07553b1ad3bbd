import { expect, test } from 'vitest'
import { preferenceOf } from './prefer.ts'

test.each([
  [undefined, 5_000, null],
  ['respond-async', 0, 'respond-async'],
  ['Respond-Async; foo', 0, 'respond-async'],
  ['wait=3', 3_000, 'wait=3'],
  ['respond-async, wait=10', 10_000, 'wait=10'],
  ['wait="7"', 7_000, 'wait=7'],
  ['wait=600', 20_000, 'wait=20'],
  ['wait=soon', 5_000, null],
  ['return=minimal', 5_000, null],
])('Prefer: %s', (header, waitMs, applied) => {
  expect(preferenceOf(header)).toEqual({ waitMs, applied })
})
