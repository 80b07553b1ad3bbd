import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { TestCase, TestModule, Vitest } from 'vitest/node'
import StallReporter from './stall-reporter.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Ends this test if the run that it starts never ends. */
const timeout = 30_000

/** Runs Vitest on one test file with this reporter. @returns the exit code and the whole output */
async function runVitest(testFile: string): Promise<{ code: number | string; said: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'seer-stall-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'some.test.ts'), `import { test } from 'vitest'\n${testFile}`)
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `import StallReporter from '${join(root, 'test/stall-reporter.ts')}'
     export default { test: { testTimeout: 300, reporters: ['default', new StallReporter({ graceMs: 1_500 })] } }`,
  )
  const args = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? 'killed') : 0, said: stdout + stderr }),
    )
  })
}

test('ends a run in which a test never gives up the processor, and names its file', { timeout }, async () => {
  const { code, said } = await runVitest("test('spins', () => { while (true); })")
  expect(said).toMatch(/✗ some\.test\.ts hangs: no test of it has ended for \d\.\d s\./)
  expect(code).toBe(1)
})

test('ends a run that spins before its first test', { timeout }, async () => {
  const { code, said } = await runVitest('while (true);')
  expect(said).toContain('✗ some.test.ts hangs')
  expect(code).toBe(1)
})

test('lets a test take as long as its own limit allows', { timeout }, async () => {
  const { code, said } = await runVitest(
    "test('is slow', () => new Promise((resolve) => setTimeout(resolve, 2_500)), 5_000)",
  )
  expect(said).not.toContain('hangs')
  expect(code).toBe(0)
})

test('does not take a file for running when its last result is reported after its end', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const cancelCurrentRun = vi.fn<() => Promise<void>>(async () => {})
  const reporter = new StallReporter({ graceMs: 100 })
  reporter.onInit({ cancelCurrentRun } as unknown as Vitest)
  const module = { id: 'some', children: { allTests: () => [] } } as unknown as TestModule
  reporter.onTestRunStart()
  reporter.onTestModuleQueued(module)
  reporter.onTestModuleEnd(module)
  reporter.onTestCaseResult({ module } as TestCase)
  vi.advanceTimersByTime(1_000)
  reporter.onTestRunEnd()
  expect(cancelCurrentRun).not.toHaveBeenCalled()
})
