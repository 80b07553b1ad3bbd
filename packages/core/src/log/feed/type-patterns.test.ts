import { expect, test } from 'vitest'
import { allTypes, matchesType, typePattern, typesMatching } from './type-patterns.ts'

const joined = { kind: 'bot', type: 'bot_join_call' } as const
const ready = { kind: 'bot', type: 'recording_ready' } as const
const connected = { kind: 'integration', type: 'calendar_connected' } as const

test.each([
  ['*', joined, true],
  ['bot.*', joined, true],
  ['bot.*', ready, true],
  ['bot.*', connected, false],
  ['bot_*', joined, true],
  ['bot_*', ready, false],
  ['recording_*', ready, true],
  ['recording_ready', ready, true],
  ['bot.recording_ready', ready, true],
  ['recording', ready, false],
  ['integration.calendar_*', connected, true],
  ['Bot.*', joined, false],
] as const)('%s on %o: %s', (pattern, event, expected) => {
  expect(matchesType(pattern, event)).toBe(expected)
})

test('a pattern means the types that it matches', () => {
  expect(typesMatching(['*'])).toEqual(allTypes)
  expect(typesMatching(['recording_ready', 'bot.recording_ready'])).toEqual([ready])
  expect(typesMatching(['recroding_*'])).toEqual([])
})

test.each(['bot.*', '*', 'bot_*', 'recording_ready', 'event.will_record_changed'])(
  '%s has the form of a pattern',
  (text) => {
    expect(text).toMatch(typePattern)
  },
)

test.each(['', 'bot.*.x', '**', 'Bot', 'bot *', '../x', '"'])('"%s" has not', (text) => {
  expect(text).not.toMatch(typePattern)
})
