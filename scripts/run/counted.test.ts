import { describe, expect, test, vi } from 'vitest'
// @ts-expect-error: plain JavaScript, because it runs before anything is installed
import { add, runCounted, verdict } from './counted.mjs'

describe('the count of a CI run', () => {
  test('adds both parts up', () => {
    const parts = [
      { passed: 3_000, failed: 0 },
      { passed: 900, failed: 2 },
    ]
    expect(add(parts)).toEqual({ passed: 3_900, failed: 2 })
  })

  test('takes the counts that a run prints', () => {
    expect(verdict({ passed: 7, failed: 0 }, 0)).toEqual({ passed: 7, failed: 0 })
    expect(verdict({ passed: 7, failed: 2 }, 1)).toEqual({ passed: 7, failed: 2 })
  })

  test('is a failure without a closing line, or with an exit code that the counts do not explain', () => {
    expect(verdict(null, 0)).toEqual({ passed: 0, failed: 1 })
    expect(verdict(null, null)).toEqual({ passed: 0, failed: 1 })
    expect(verdict({ passed: 7, failed: 0 }, 1)).toEqual({ passed: 7, failed: 1 })
  })

  test('is read from the output, and leaves no other closing line', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const program = 'console.log("✓ a test\\n✗ another"); console.log("12 passed, 1 failed"); process.exitCode = 1'
    const counts = await runCounted('the title', process.execPath, ['-e', program])
    const said = log.mock.calls.flat()
    log.mockRestore()
    expect(counts).toEqual({ passed: 12, failed: 1, failures: ['✗ another'] })
    expect(said).toEqual(['\nthe title\n', '✓ a test', '✗ another', 'the title: 12 passed, 1 failed'])
  })
})
