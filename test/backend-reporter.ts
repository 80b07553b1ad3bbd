import type { Reporter, TestModule } from 'vitest/node'

/**
 * A machine without Redis passes the tests, but the run says what was not tested.
 *
 * @public vitest loads it by its path.
 */
export default class BackendReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const names = modules.flatMap((module) => [...module.children.allSuites()].map((suite) => suite.name))
    const on = (backend: string) => names.filter((name) => name.endsWith(`[${backend}]`)).length
    if (on('postgres') === 0 || on('redis') > 0) return
    const suites = on('postgres') === 1 ? '1 suite' : `${on('postgres')} suites`
    console.log(`\nRedis: not available on this machine; ${suites} ran on the PostgreSQL backend only.`)
  }
}
