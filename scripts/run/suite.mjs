import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runForeground, runStep } from './child.mjs'
import { failureLines, failureMark } from './failures.mjs'

const node = process.execPath

const build = ['build', ['typescript/bin/tsc', '-b']]

/** The checks that need no server and run no code, but need the build. Each counts as one test. */
const staticChecks = [
  ['types of tests and scripts', ['typescript/bin/tsc', '-p', 'tsconfig.test.json']],
  ['format', ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings']],
  ['lint and import rules', ['oxlint/bin/oxlint', '--type-aware', '--deny-warnings']],
  ['dead code', ['knip/bin/knip.js', '--no-progress']],
]

/**
 * `npm test` runs everything, `npm run check` everything that needs no server; with arguments, only the selected tests.
 * The last line is "N passed, N failed". If a static check fails, the run ends, because the tests would only repeat the
 * failure.
 */
export async function runSuite(command, args) {
  const counts = { passed: 0, failed: 0 }
  if (args.length === 0) await runStaticChecks(counts)
  if (counts.failed === 0) {
    const selection = command === 'check' ? ['--project', 'unit', ...args] : args
    await runTests(selection, counts)
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed`)
  return counts.failed === 0 ? 0 : 1
}

/** All at once: the short ones fill the gaps of the long ones. */
async function runStaticChecks(counts) {
  await runCheck(...build, counts)
  if (counts.failed === 0) await Promise.all(staticChecks.map((check) => runCheck(...check, counts)))
}

async function runCheck(name, [tool, ...args], counts) {
  const start = Date.now()
  const { ok, output } = await runStep(node, [join('node_modules', tool), ...args])
  console.log(`${ok ? '✓' : failureMark} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`)
  if (!ok) console.log(output)
  counts[ok ? 'passed' : 'failed'] += 1
}

async function runTests(args, counts) {
  const folder = mkdtempSync(join(tmpdir(), 'seer-report-'))
  const report = join(folder, 'report.json')
  const ours = ['backend', 'stall'].map((name) => `--reporter=./test/${name}-reporter.ts`)
  const reporters = ['--reporter=default', ...ours, '--reporter=json']
  try {
    const tool = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, `--outputFile.json=${report}`, ...args]
    const exitCode = await runForeground(node, tool)
    const result = readReport(report)
    for (const line of failureLines(result)) console.log(line)
    count(result, exitCode, counts)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  }
}

/** A file that does not load, a lost server or a skipped test must not look like success. */
function count({ numPassedTests, numFailedTests, numPendingTests, numTodoTests }, exitCode, counts) {
  const skipped = numPendingTests + numTodoTests
  if (skipped > 0) console.log(`\n${skipped} skipped: a test is repaired or removed, never skipped.`)
  counts.passed += numPassedTests
  counts.failed += numFailedTests + skipped
  if (exitCode !== 0 && numFailedTests === 0) counts.failed += 1
}
