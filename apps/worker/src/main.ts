import { baseUrlWarning } from '@seer/infra/config/base-url'
import { logLevelOf } from '@seer/infra/config/settings'
import { createLogger } from '@seer/infra/observe/logger'
import { stopOnSignal } from '@seer/infra/stop-on-signal'
import { readArguments, readSettings } from './config.ts'
import { openWorker } from './open-worker.ts'

/** Jobs have nine seconds (open-worker.ts), and then queue and database some to close. */
const stopWithinMs = 15_000

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
  const opening = openWorker(settings, queues, log)
  // Before it is open, because by then it may already have taken jobs.
  stopOnSignal({ log, timeoutMs: stopWithinMs, stop: async () => await (await opening).close() })
  const worker = await opening
  log.info({ queues, healthPort: worker.health.port }, 'worker.started')
}
