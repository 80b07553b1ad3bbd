import { PermanentError, PostponedError, RetryableError } from '@seer/core/basics/errors'
import { expect, test } from 'vitest'
import { describeEnding, endingOf, levelOf, printable } from './job-ending.ts'
import { JobInterrupted } from './run-limited.ts'

const postponed = new PostponedError('JOB_LEASED', { delayMs: 10 })
const retryable = new RetryableError('VENDOR_TIMEOUT')
const bug = new TypeError('x is undefined')

test.each([
  ['a permanent error ends the job at its first attempt', new PermanentError('NOT_FOUND'), 1, 'failed', 'error'],
  ['a retryable error is tried again', retryable, 1, 'retried', 'warn'],
  ['a bug is tried again, and is logged as an error', bug, 1, 'retried', 'error'],
  ['a retryable error at the last attempt ends the job', retryable, 3, 'failed', 'error'],
  ['a postponed job runs later, even at its last attempt', postponed, 3, 'postponed', 'info'],
  ['a shutdown gives the job back, even at its last attempt', new JobInterrupted('shutdown'), 3, 'handed_back', 'info'],
  ['a lost lock ends nothing', new JobInterrupted('lock_lost'), 3, 'lock_lost', 'warn'],
  ['a replayed dead letter that fails again is a dead letter', retryable, 4, 'failed', 'error'],
  ['a thrown text counts as a bug', 'a text', 1, 'retried', 'error'],
])('%s', (_, error, attempt, outcome, level) => {
  const ending = endingOf(error, attempt, 3)
  expect([ending.outcome, levelOf(ending)]).toEqual([outcome, level])
})

test('a job that is left to the sweep is a warning with its reason', () => {
  const ending = { outcome: 'left_to_sweep' as const, error: retryable }
  expect(levelOf(ending)).toBe('warn')
  expect(describeEnding(ending)).toMatchObject({ outcome: 'left_to_sweep', errorCode: 'VENDOR_TIMEOUT' })
})

test('a foreseen error is described by its code and sentence, a bug by its stack', () => {
  const rejected = new PermanentError('VENDOR_REJECTED', { detail: 'bot_name is missing', upstreamStatus: 422 })
  expect(describeEnding(endingOf(rejected, 1, 3))).toMatchObject({
    errorCode: 'VENDOR_REJECTED',
    error: 'bot_name is missing',
    upstreamStatus: 422,
  })
  expect(describeEnding(endingOf(bug, 1, 3))).toMatchObject({ errorCode: 'INTERNAL_ERROR', err: bug })
})

test('a result with many fields stays with the job and is not logged', () => {
  const outcomes = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`event-${i}`, 'applied']))
  expect(printable(outcomes)).toEqual(outcomes)
  expect(describeEnding({ outcome: 'ok', result: outcomes })).toEqual({ outcome: 'ok' })
  expect(describeEnding({ outcome: 'ok', result: { 'event-1': 'late' } })).toMatchObject({
    result: { 'event-1': 'late' },
  })
})

test('only flat results of a handler are logged and stored', () => {
  expect(printable('created')).toBe('created')
  expect(printable({ active: 3, next: null })).toEqual({ active: 3, next: null })
  expect([printable({ meeting: { id: 'm1' } }), printable([1]), printable(undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
