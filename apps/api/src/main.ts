import { baseUrlWarning } from '@seer/infra/config/base-url'
import { ConfigurationError } from '@seer/infra/config/parse-environment'
import { logLevelOf } from '@seer/infra/config/settings'
import { createLogger } from '@seer/infra/observe/logger'
import { stopOnSignal } from '@seer/infra/stop-on-signal'
import { buildApi } from './build-api.ts'
import { readApiSettings } from './config.ts'
import { describeListenError } from './listen-error.ts'
import { openDependencies } from './open-dependencies.ts'

try {
  await main()
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error)
  process.exit(1)
}

async function main(): Promise<void> {
  const settings = readApiSettings(process.env)
  // `docker compose` checks the settings first. Otherwise it would start this process again and again.
  if (process.argv.includes('--check-settings')) return
  const log = createLogger({ level: logLevelOf(settings), name: 'api' })
  const warning = baseUrlWarning(settings)
  if (warning) log.warn({ baseUrl: settings.BASE_URL, warning }, 'settings.base_url')
  const { deps, close } = openDependencies(settings, log)
  let isAccepting = true
  const api = buildApi({ ...deps, isAccepting: () => isAccepting })
  stopOnSignal({
    log,
    timeoutMs: settings.SHUTDOWN_TIMEOUT * 1_000,
    async stop() {
      isAccepting = false
      // Running requests keep their database and queue until they are answered.
      await api.close().finally(close)
    },
  })
  const { HOST: host, PORT: port } = settings
  const address = await api.listen({ host, port }).catch((error: unknown) => {
    throw describeListenError(error, { host, port })
  })
  log.info({ address, baseUrl: settings.BASE_URL, redis: !!settings.REDIS_URL }, 'api.listening')
}
