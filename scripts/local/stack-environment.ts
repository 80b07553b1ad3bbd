import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LocalSettings } from './settings.ts'

export type Wiring = {
  /** The variables that the user set. */
  configured: NodeJS.ProcessEnv
  settings: LocalSettings
  /** Where this installation keeps its files. */
  folder: string
  databaseUrl: string
  apiUrl: string
  workerPort: number
  /** Null: no sandbox, so bots are real. */
  sandboxUrl: string | null
}

/**
 * The environment of API, worker and CLI. The user's variables win, with one exception: with the sandbox, the vendor's
 * key, address and secret are the sandbox's.
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
    // A user who sets NODE_ENV=development wants debug lines.
    LOG_LEVEL: configured['NODE_ENV'] === 'development' ? 'debug' : 'warn',
    // Everything is on this machine, and a file holds a key that opens everything. So nobody else may connect.
    HOST: '127.0.0.1',
    WORKER_HOST: '127.0.0.1',
    WORKER_PORT: String(wiring.workerPort),
    BASE_URL: wiring.apiUrl,
    MEETINGBAAS_CALLBACK_SECRET: settings.callbackSecret,
    ENCRYPTION_KEYS: settings.encryptionKey,
    STORAGE_URL: pathToFileURL(join(wiring.folder, 'recordings')).href,
    // Apps on this machine may get webhooks, and they have no https.
    PRIVATE_HOSTS: '127.0.0.1,::1,localhost',
    ...(sandboxUrl && { ...sandboxClients(configured), ...sandboxSpeech(configured, sandboxUrl) }),
    ...configured,
    ...sandbox,
    DATABASE_URL: wiring.databaseUrl,
    PORT: new URL(wiring.apiUrl).port,
  }
}

/** An empty variable counts as not set, as everywhere. */
const withoutEmpty = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()))

/** OAuth clients for the providers that the user has not configured. The sandbox accepts the grants of any client. */
function sandboxClients(configured: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const clients = ['google', 'microsoft'].map((provider) => {
    const [id, secret] = [`${provider.toUpperCase()}_CLIENT_ID`, `${provider.toUpperCase()}_CLIENT_SECRET`]
    // If only one of the two is set, it is a mistake that the API reports.
    if (configured[id] || configured[secret]) return {}
    return { [id]: `sandbox-${provider}-client`, [secret]: `not-a-secret-sandbox-${provider}` }
  })
  return Object.assign({}, ...clients)
}

/** The speech services of the sandbox, in place of those that the user has not configured. */
function sandboxSpeech(configured: NodeJS.ProcessEnv, sandboxUrl: string): NodeJS.ProcessEnv {
  const key = configured['SANDBOX_SPEECH_KEY'] ?? 'not-a-secret-sandbox-speech'
  const deepgram = { DEEPGRAM_API_URL: `${sandboxUrl}/deepgram`, DEEPGRAM_API_KEY: key }
  const openai = { TRANSCRIPTION_URL: `${sandboxUrl}/openai/v1`, TRANSCRIPTION_API_KEY: key }
  // A key of the user's must not go to the sandbox, nor the sandbox's key to a real service.
  const isConfigured = (variables: object) => Object.keys(variables).some((name) => configured[name])
  return { ...(isConfigured(deepgram) ? {} : deepgram), ...(isConfigured(openai) ? {} : openai) }
}

export type SandboxWiring = Pick<Wiring, 'configured' | 'settings' | 'apiUrl'> & {
  folder: string
  /** The data may be lost, and the sandbox decides how long meetings take. */
  temporary: boolean
  /** Sandbox time divided by real time, if the caller decides on it. */
  speed: number | undefined
}

/**
 * The environment of the sandbox. Meetings are short, so a bot is done within a minute, including joining and
 * transcript. Unless the user sets SANDBOX_SPEED, time runs as for Seer, whose sweeps and deadlines are real. A faster
 * clock would soon be days ahead, and bots that are booked for those days would join now.
 */
export function sandboxEnvironment(wiring: SandboxWiring): NodeJS.ProcessEnv {
  const { configured, settings, apiUrl, folder, temporary, speed } = wiring
  const lasting = {
    SANDBOX_MEETING_MINUTES: '0.4',
    // Running bots and connected calendars survive Ctrl-C.
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

const forOperator = /^(DATABASE_URL|REDIS_URL|REDIS_PREFIX|BASE_URL|MEETINGBAAS_.*|ENCRYPTION_KEYS|STORAGE_.*)$/

/** The variables that `npm run seer` reads, so that the operator CLI finds this installation without configuration. */
export function operatorEnvironment(env: NodeJS.ProcessEnv): string {
  const names = Object.keys(env).filter((name) => forOperator.test(name))
  return names.map((name) => `${name}=${JSON.stringify(env[name])}\n`).join('')
}
