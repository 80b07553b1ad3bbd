import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { keepDownloadsTidy } from './left-downloads.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** @param runs what each run finds; true for one file, false when the database is away */
function tidying(runs: boolean[]) {
  const lines: unknown[] = []
  const log = { info: (...line: unknown[]) => lines.push(line[1]), warn: (...line: unknown[]) => lines.push(line[1]) }
  const downloads = {
    untouchedSince: async () => {
      if (!runs.shift()) throw new Error('away')
      return [{ name: 'a', artifactId: null }]
    },
    discard: async () => {},
  }
  const deps = { artifacts: { find: async () => null }, downloads, now: () => new Date() }
  return { lines, stop: keepDownloadsTidy(deps, log as unknown as Parameters<typeof keepDownloadsTidy>[1]) }
}

test('downloads are tidied at once and every hour, also after a failure, until the worker stops', async () => {
  const { lines, stop } = tidying([true, false, true, true])
  await vi.advanceTimersByTimeAsync(2 * 3_600_000)
  await stop()
  await vi.advanceTimersByTimeAsync(5 * 3_600_000)
  expect(lines).toEqual(['downloads.removed', 'downloads.not_removed', 'downloads.removed'])
})
