import { expect, test } from 'vitest'
import { prefixed, readableLogLine } from './log-line.ts'

test('a JSON log line becomes time, level, message and fields', () => {
  const time = new Date(2026, 0, 31, 17, 1, 2).toISOString()
  const line = JSON.stringify({
    level: 'info',
    time,
    pid: 7,
    hostname: 'h',
    msg: 'job.finished',
    job: 'create-bot',
    attempt: 1,
  })
  expect(readableLogLine(line)).toBe('17:01:02 info job.finished job=create-bot attempt=1')
})

test.each(['Server listening', '{"not":"a log line"}', '{broken', ''])('%j stays as it is', (line) => {
  expect(readableLogLine(line)).toBe(line)
})

test('the name of a program stands before its line, in colour only on a terminal', () => {
  expect(prefixed('api', 'hello', false)).toBe('api      | hello')
  expect(prefixed('api', 'hello', true)).toContain('\u001B[')
})
