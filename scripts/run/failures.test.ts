import { expect, test } from 'vitest'
// @ts-expect-error: plain JavaScript, because it runs before anything is installed
import { failureLines } from './failures.mjs'

const passed = { fullName: 'adds up', status: 'passed', failureMessages: [] }

test('a failed test is told with its file, its name and the start of its message', () => {
  const failed = {
    fullName: 'sums > takes away',
    status: 'failed',
    failureMessages: ['expected 1 to be 2\n  at sum.ts'],
  }
  const report = { testResults: [{ name: '/house/sum.test.ts', status: 'failed', assertionResults: [passed, failed] }] }
  const lines = ['✗ sum.test.ts > sums > takes away', '✗   expected 1 to be 2', '✗     at sum.ts']
  expect(failureLines(report, '/house')).toEqual(lines)
})

test('a file that does not load is told by its message', () => {
  const report = {
    testResults: [{ name: '/house/sum.test.ts', status: 'failed', message: 'no such module', assertionResults: [] }],
  }
  expect(failureLines(report, '/house')).toEqual(['✗ sum.test.ts', '✗   no such module'])
})

test('a long message is cut off, and a report without failures says nothing', () => {
  const long = { fullName: 'long', status: 'failed', failureMessages: ['line\n'.repeat(100)] }
  const report = (test: object) => ({
    testResults: [{ name: '/house/a.test.ts', status: 'failed', assertionResults: [test] }],
  })
  expect(failureLines(report(long), '/house')).toHaveLength(13)
  expect(failureLines({ testResults: [{ name: 'a', status: 'passed', assertionResults: [passed] }] })).toEqual([])
  expect(failureLines({})).toEqual([])
})
