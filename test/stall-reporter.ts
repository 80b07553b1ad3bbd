import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'

/** Longer than any hook may take (`hookTimeout` of the integration tests). */
const usualGraceMs = 120_000

/** How long the workers may take to end when they are told to, before the run ends without them. */
const cancelMs = 10_000

/** A test file, and when it was heard of last, in ms of `performance.now()`. */
type UnderWay = { file: TestModule; heardAt: number }

/**
 * Ends a run in which one file makes no progress any more, and names the file. Vitest's own time limits live in the
 * process of the tests: a test that never gives up the processor keeps them from striking, and the run would go on for
 * ever without a word.
 *
 * @public vitest loads it by its path.
 */
export default class StallReporter implements Reporter {
  readonly #graceMs: number
  #vitest: Vitest | undefined
  #timer: NodeJS.Timeout | undefined
  /** Files under way by their ids; each has another object when its tests are known. */
  readonly #running = new Map<string, UnderWay>()
  /** Files that have ended; Vitest may report the result of a test after the end of its file. */
  readonly #ended = new Set<string>()

  constructor({ graceMs = usualGraceMs } = {}) {
    this.#graceMs = graceMs
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunStart(): void {
    this.#timer = setInterval(() => this.#look(), Math.min(1_000, this.#graceMs / 2))
  }

  onTestModuleQueued(file: TestModule): void {
    this.#heardOf(file)
  }

  onTestModuleCollected(file: TestModule): void {
    this.#heardOf(file)
  }

  onTestCaseResult(test: TestCase): void {
    this.#heardOf(test.module)
  }

  onTestModuleEnd(file: TestModule): void {
    this.#ended.add(file.id)
    this.#running.delete(file.id)
  }

  onTestRunEnd(): void {
    clearInterval(this.#timer)
  }

  #heardOf(file: TestModule): void {
    if (!this.#ended.has(file.id)) this.#running.set(file.id, { file, heardAt: performance.now() })
  }

  #look(): void {
    const now = performance.now()
    const isStalled = ({ file, heardAt }: UnderWay) => now - heardAt > this.#graceMs + this.#longestTest(file)
    const stalled = [...this.#running.values()].filter(isStalled)
    if (stalled.length === 0) return
    clearInterval(this.#timer)
    for (const { file, heardAt } of stalled) {
      const seconds = ((now - heardAt) / 1_000).toFixed(1)
      console.error(`\n✗ ${file.relativeModuleId} hangs: no test of it has ended for ${seconds} s.`)
    }
    this.#end()
  }

  /** What the slowest test of a file may take by its own time limit. */
  #longestTest(file: TestModule): number {
    const limits = [...file.children.allTests()].map((test) => {
      const task = this.#vitest?.state.idMap.get(test.id)
      return task?.type === 'test' ? task.timeout : 0
    })
    return Math.max(0, ...limits)
  }

  /** Told twice, Vitest kills the workers, and what has been counted until now is reported. */
  #end(): void {
    process.exitCode = 1
    setTimeout(() => process.exit(1), cancelMs).unref()
    for (const _ of ['asked', 'told']) void this.#vitest?.cancelCurrentRun('keyboard-input').catch(() => {})
  }
}
