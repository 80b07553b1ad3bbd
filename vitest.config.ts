import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const never = ['**/node_modules/**', '**/dist/**']
const unit = '{apps,packages,scripts,test}/**/*.test.ts'
// Without Vite's `module`: Node itself loads the dependencies, and files for bundlers are not always files for Node.
const conditions = ['source', 'node', 'development|production']
const integration = '{apps,packages,scripts,test}/**/*.int.test.ts'

export default defineConfig({
  // Workspace packages are taken from their sources; only the programs that test/e2e starts are built ones.
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    // Loading the modules again for every file took longer than most files. So none keeps what another file could find.
    isolate: false,
    // Vitest would leave one core free, of two that is half. Integration tests wait for servers and timers much of the
    // time, so two cores are busy only with a third worker.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    allowOnly: false,
    provide: { custodyRuns: Number(process.env['CUSTODY_RUNS'] ?? 150) },
    // A test that hangs ends by these; one that never gives up the processor by the stall reporter. For slow machines, too.
    expect: { poll: { timeout: 50_000 } },
    testTimeout: 60_000,
    hookTimeout: 90_000,
    reporters: ['default', './test/backend-reporter.ts', './test/stall-reporter.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: [unit], exclude: [...never, '**/*.int.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: [integration],
          exclude: never,
          globalSetup: ['test/services.ts'],
        },
      },
    ],
  },
})
