import { expect, test } from 'vitest'
import { etagFor, isKnown } from './etag.ts'

test('equal values have equal tags, and others have others', () => {
  expect(etagFor('a', 1)).toBe(etagFor('a', 1))
  expect(etagFor('a', 1)).not.toBe(etagFor('a', 2))
  expect(etagFor('a')).toMatch(/^"[\w-]{22}"$/)
})

test.each([
  [undefined, false],
  ['"a"', true],
  ['"b"', false],
  ['W/"a"', true],
  ['"b" , "a"', true],
  ['*', true],
  ['', false],
])('If-None-Match: %s', (header, isMatch) => {
  expect(isKnown('"a"', header)).toBe(isMatch)
})
