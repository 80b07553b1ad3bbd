import { baseUrlWarning } from '@seer/infra/config/base-url'
import { logLevelOf } from '@seer/infra/config/settings'
import { createLogger } from '@seer/infra/observe/logger'
import { readArguments, readSettings } from './config.ts'
import { openWorker } from './open-worker.ts'

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const { queues, checkSettings } = readArguments(process.argv.slice(2))
  // `docker compose` checks the settings before it starts the worker again and again.
  if (checkSettings) return
  const log = createLogger({ level: logLevelOf(settings), name: 'worker' })
  const warning = baseUrlWarning(settings)
  if (warning) log.warn({ baseUrl: settings.BASE_URL, warning }, 'settings.base_url')
  const worker = await openWorker(settings, queues, log)
  log.info({ queues, healthPort: worker.health.port }, 'worker.started')
  stopOnSignal(async () => {
    log.info('worker.stopping')
    await worker.close()
    log.info('worker.stopped')
  })
}

/** The first signal stops the worker in order, the second at once. */
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
