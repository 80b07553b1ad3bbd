import { createLogger } from '@seer/infra/logging/logger'
import { readQueues, readSettings } from './config.ts'
import { openWorker } from './open-worker.ts'

try {
  const settings = readSettings(process.env)
  const queues = readQueues(process.argv.slice(2))
  const log = createLogger({ level: settings.LOG_LEVEL, name: 'worker' })
  const worker = await openWorker(settings, queues, log)
  log.info({ queues, healthPort: worker.health.port }, 'worker.started')
  stopOnSignal(async () => {
    log.info('worker.stopping')
    await worker.close()
    log.info('worker.stopped')
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

/** The first signal stops in order, a second one at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1)
      stopping = true
      void stop().then(() => process.exit(0))
    })
  }
}
