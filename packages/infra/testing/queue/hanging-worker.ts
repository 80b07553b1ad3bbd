/**
 * A worker in a separate process, for tests that kill it. It prints `running` when its job runs, and never ends the
 * job.
 */
import { createLogger } from '../../src/observe/logger.ts'
import { openQueue } from '../../src/queue/open-queue.ts'
import { startWorkers } from '../../src/queue/run/start-workers.ts'
import type { StoreAddress } from './queue-harness.ts'
import { testJobs } from './test-jobs.ts'

const address = JSON.parse(process.argv[2] ?? '{}') as StoreAddress
const log = createLogger({ level: 'silent', name: 'hanging-worker' })
const queue = openQueue({ ...address, log, catalog: testJobs })
const idle = async () => {}
const workers = await startWorkers({
  queue,
  log,
  tasks: { recordStart: idle, recordFinish: idle },
  timing: { lockMs: 400, checkStalledEveryMs: 200 },
  handlers: {
    plain: () => {
      process.send?.('running')
      return new Promise(() => {})
    },
    newest: idle,
    'other-newest': idle,
    lined: idle,
    hasty: idle,
    tick: idle,
    hourly: idle,
  },
})

process.once('message', async () => {
  // The second half of it is for giving the job back, also on a busy machine.
  await workers.close({ deadlineMs: 2_000 })
  await queue.close()
  process.disconnect()
})
