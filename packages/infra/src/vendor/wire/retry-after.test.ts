import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { longestRetryAfterMs, readRetryAfter, readRetryAfterHeader } from './retry-after.ts'

const now = new Date('2026-03-04T10:00:00Z')
beforeEach(() => void vi.useFakeTimers({ now }))
afterEach(() => void vi.useRealTimers())

describe('a retry-after header', () => {
  test.each<[string | string[] | undefined, number | undefined]>([
    ['7', 7_000],
    [' 7 ', 7_000],
    ['1.5', 2_000],
    ['0.5', 1_000],
    ['0.0001', 1_000],
    ['120', 120_000],
    ['121', longestRetryAfterMs],
    ['3600', longestRetryAfterMs],
    ['86400', longestRetryAfterMs],
    ['Wed, 04 Mar 2026 10:00:30 GMT', 30_000],
    ['Wed, 04 Mar 2026 13:00:00 GMT', longestRetryAfterMs],
    [['3', '9'], 9_000],
    ['3, 9', 9_000],
    [['soon', '9'], 9_000],
  ])('%j asks for %s ms', (header, expected) => {
    expect(readRetryAfterHeader(header)).toBe(expected)
  })

  test.each<string | string[] | undefined>([
    undefined,
    '',
    ' ',
    '0',
    '0.0',
    '-3',
    '-0.5',
    '120;',
    'soon',
    'Infinity',
    'NaN',
    '1e9',
    '0x10',
    '+5',
    '86401',
    '1772618460',
    '1772618460000',
    '9'.repeat(400),
    'Wed, 04 Mar 2026 09:59:00 GMT',
    'Wed, 04 Mar 2026 10:00:00 GMT',
    'Fri, 04 Mar 2089 10:00:00 GMT',
    'Wed, 99 Mar 2026 10:00:30 GMT',
    '2026-03-04T10:00:30Z',
    'March 5',
    [],
    ['soon', ''],
  ])('%j asks for no wait', (header) => {
    expect(readRetryAfterHeader(header)).toBeUndefined()
  })
})

describe('the seconds in a body', () => {
  test.each<[unknown, number | undefined]>([
    [3, 3_000],
    [1.2, 2_000],
    ['3', 3_000],
    [3_600, longestRetryAfterMs],
    [0, undefined],
    [-1, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NaN, undefined],
    [1_772_618_460, undefined],
    [null, undefined],
    [[3], undefined],
    [{}, undefined],
    [true, undefined],
  ])('%j asks for %s ms', (value, expected) => {
    expect(readRetryAfter(value)).toBe(expected)
  })
})
