import { once } from 'node:events'
import { expect, test } from 'vitest'
import { JobInterrupted, runLimited } from './run-limited.ts'

const never = new AbortController().signal
const patient = { timeoutMs: 60_000, interrupt: never, unwindMs: () => 60_000 }
const hang = () => new Promise<never>(() => {})

test('a handler that ends in time is not aborted', async () => {
  expect(await runLimited(async (signal) => signal.aborted, patient)).toBe(false)
  await expect(runLimited(() => Promise.reject(new Error('own')), patient)).rejects.toThrow('own')
})

test('a handler that ignores its signal is left behind', async () => {
  const limits = { ...patient, timeoutMs: 10, unwindMs: () => 10 }
  await expect(runLimited(hang, limits)).rejects.toMatchObject({ code: 'JOB_TIMED_OUT', outcomeUnknown: true })
})

test('the error is the timeout, not the error that the abort caused', async () => {
  const work = async (signal: AbortSignal) => {
    await once(signal, 'abort')
    throw new Error('aborted fetch')
  }
  await expect(runLimited(work, { ...patient, timeoutMs: 10 })).rejects.toMatchObject({ code: 'JOB_TIMED_OUT' })
})

test('work that completes in spite of the abort counts', async () => {
  const work = async (signal: AbortSignal) => {
    await once(signal, 'abort')
    return 'done'
  }
  expect(await runLimited(work, { ...patient, timeoutMs: 10 })).toBe('done')
})

test('an interrupted handler gets the signal, and the error is the interruption', async () => {
  const interrupt = new AbortController()
  const work = async (signal: AbortSignal) => {
    interrupt.abort('lock_lost')
    throw signal.reason
  }
  const run = runLimited(work, { ...patient, interrupt: interrupt.signal })
  await expect(run).rejects.toMatchObject({ why: 'lock_lost' })
})

test('a handler that starts during the shutdown gets the signal at once', async () => {
  const run = runLimited(hang, { ...patient, interrupt: AbortSignal.abort('shutdown'), unwindMs: () => 1 })
  await expect(run).rejects.toBeInstanceOf(JobInterrupted)
})
