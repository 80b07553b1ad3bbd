import { join } from 'node:path'
import type { LocalSettings } from './settings.ts'

export type Wiring = {
  /** What the user set. */
  configured: NodeJS.ProcessEnv
  settings: LocalSettings
  databaseUrl: string
  apiUrl: string
  workerPort: number
  /** Null: bots are real. */
  sandboxUrl: string | null
}

/**
 * The environment of API, worker and CLI. What the user configured wins, but for the vendor: with the sandbox, its key,
 * address and secret belong together.
 */
export function serviceEnvironment(wiring: Wiring): NodeJS.ProcessEnv {
  const { settings, sandboxUrl } = wiring
  const configured = withoutEmpty(wiring.configured)
  const sandbox = sandboxUrl && {
    MEETINGBAAS_API_KEY: settings.sandboxApiKey,
    MEETINGBAAS_API_URL: sandboxUrl,
    MEETINGBAAS_API_VERSION: 'v2',
    MEETINGBAAS_WEBHOOK_SECRET: settings.webhookSecret,
  }
  return {
    // Set by hand, NODE_ENV=development asks for debug lines.
    LOG_LEVEL: configured['NODE_ENV'] === 'development' ? 'debug' : 'warn',
    // Everything is on this machine, and a key that opens everything lies in a file: nobody else needs to reach it.
    HOST: '127.0.0.1',
    WORKER_HOST: '127.0.0.1',
    WORKER_PORT: String(wiring.workerPort),
    BASE_URL: wiring.apiUrl,
    MEETINGBAAS_CALLBACK_SECRET: settings.callbackSecret,
    ENCRYPTION_KEYS: settings.encryptionKey,
    ...(sandboxUrl && sandboxClients(configured)),
    ...configured,
    ...sandbox,
    DATABASE_URL: wiring.databaseUrl,
    PORT: new URL(wiring.apiUrl).port,
  }
}

/** As everywhere, an empty variable counts as not set. */
const withoutEmpty = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()))

/** OAuth clients of the providers for which the user has none. The sandbox takes the grants of any client. */
function sandboxClients(configured: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const clients = ['google', 'microsoft'].map((provider) => {
    const [id, secret] = [`${provider.toUpperCase()}_CLIENT_ID`, `${provider.toUpperCase()}_CLIENT_SECRET`]
    // With one of the two it is a mistake, which the API is to report.
    if (configured[id] || configured[secret]) return {}
    return { [id]: `sandbox-${provider}-client`, [secret]: `not-a-secret-sandbox-${provider}` }
  })
  return Object.assign({}, ...clients)
}

export type SandboxWiring = Pick<Wiring, 'configured' | 'settings' | 'apiUrl'> & {
  folder: string
  /** Its data may be lost, and meetings take as long as the sandbox says by itself. */
  temporary: boolean
  /** Sandbox time against real time, where the caller decides on it. */
  speed: number | undefined
}

/**
 * The environment of the sandbox. A bot is done within a minute, joining and transcript included, because meetings are
 * short. Time itself goes as it does for Seer, whose sweeps and deadlines are real, unless the user sets SANDBOX_SPEED: a
 * faster clock would soon be days ahead, and bots that are booked for then would join now.
 */
export function sandboxEnvironment(wiring: SandboxWiring): NodeJS.ProcessEnv {
  const { configured, settings, apiUrl, folder, temporary, speed } = wiring
  const lasting = {
    SANDBOX_MEETING_MINUTES: '0.4',
    // Bots under way and connected calendars outlive Ctrl-C.
    SANDBOX_STATE_FILE: join(folder, 'sandbox-state'),
  }
  return {
    ...(temporary ? {} : lasting),
    ...withoutEmpty(configured),
    ...(speed === undefined ? {} : { SANDBOX_SPEED: String(speed) }),
    SANDBOX_API_KEY: settings.sandboxApiKey,
    SANDBOX_WEBHOOK_URL: `${apiUrl}/api/meetingbaas/webhooks`,
    SANDBOX_WEBHOOK_SECRET: settings.webhookSecret,
  }
}

const forOperator = /^(DATABASE_URL|REDIS_URL|REDIS_PREFIX|BASE_URL|MEETINGBAAS_.*|ENCRYPTION_KEYS)$/

/** What `npm run seer` reads, so that the operator CLI finds this installation without any configuration. */
export function operatorEnvironment(env: NodeJS.ProcessEnv): string {
  const names = Object.keys(env).filter((name) => forOperator.test(name))
  return names.map((name) => `${name}=${JSON.stringify(env[name])}\n`).join('')
}
