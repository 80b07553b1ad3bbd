import { describe, expect, test } from 'vitest'
import { readApiSettings } from '../../apps/api/src/config.ts'
import { readSettings } from '../../apps/worker/src/config.ts'
import { logLevelOf } from '../../packages/infra/src/config/settings.ts'
import { operatorEnvironment, sandboxEnvironment, serviceEnvironment, type Wiring } from './stack-environment.ts'

/** Visibly fake. */
const key = (letter: string) => Buffer.alloc(32, letter).toString('base64')
const settings = {
  sandboxApiKey: 'not-a-secret-key',
  webhookSecret: `whsec_${key('w')}`,
  callbackSecret: 'not-a-secret-callback',
  encryptionKey: key('e'),
}

function environment(configured: NodeJS.ProcessEnv, sandboxUrl: Wiring['sandboxUrl'] = 'http://127.0.0.1:3100') {
  const [databaseUrl, apiUrl] = ['postgresql://seer@127.0.0.1:5432/seer', 'http://127.0.0.1:3001']
  return serviceEnvironment({
    configured,
    settings,
    folder: '/data',
    databaseUrl,
    apiUrl,
    workerPort: 3002,
    sandboxUrl,
  })
}

describe('the environment of API and worker', () => {
  test('with the sandbox is enough to connect calendars', () => {
    const api = readApiSettings(environment({}))
    expect(api).toMatchObject({
      GOOGLE_CLIENT_ID: 'sandbox-google-client',
      MICROSOFT_CLIENT_SECRET: 'not-a-secret-sandbox-microsoft',
      ENCRYPTION_KEYS: [key('e')],
    })
    expect(readSettings(environment({}))).toMatchObject({ GOOGLE_CLIENT_SECRET: api.GOOGLE_CLIENT_SECRET })
  })

  test('keeps recordings below the folder of the installation, unless the user has another place', () => {
    expect(readSettings(environment({})).STORAGE_URL).toBe('file:///data/recordings')
    expect(readApiSettings(environment({ STORAGE_URL: 's3://bucket/a' })).STORAGE_URL).toBe('s3://bucket/a')
    expect(operatorEnvironment(environment({}))).toContain('STORAGE_URL="file:///data/recordings"')
  })

  test('has the clients and keys of the user', () => {
    const own = { GOOGLE_CLIENT_ID: 'own-client', GOOGLE_CLIENT_SECRET: 'own-secret', ENCRYPTION_KEYS: key('u') }
    expect(readApiSettings(environment(own))).toMatchObject({
      ...own,
      ENCRYPTION_KEYS: [key('u')],
      MICROSOFT_CLIENT_ID: 'sandbox-microsoft-client',
    })
  })

  test('has the speech services of the sandbox, and never mixes them with those of the user', () => {
    expect(readSettings(environment({}))).toMatchObject({
      DEEPGRAM_API_URL: 'http://127.0.0.1:3100/deepgram',
      TRANSCRIPTION_URL: 'http://127.0.0.1:3100/openai/v1',
      TRANSCRIPTION_API_KEY: 'not-a-secret-sandbox-speech',
    })
    const own = readSettings(environment({ DEEPGRAM_API_KEY: 'own-key', TRANSCRIPTION_URL: 'http://whisper:8000' }))
    expect(own).toMatchObject({ DEEPGRAM_API_KEY: 'own-key', DEEPGRAM_API_URL: 'https://api.deepgram.com' })
    expect(own.TRANSCRIPTION_API_KEY).toBeUndefined()
  })

  test('treats an empty variable as not set', () => {
    const empty = { ENCRYPTION_KEYS: '', GOOGLE_CLIENT_ID: ' ', BASE_URL: '' }
    expect(environment(empty)).toEqual(environment({}))
  })

  test('is quiet, unless the user asks for debug lines', () => {
    const levelOf = (configured: NodeJS.ProcessEnv) => logLevelOf(readApiSettings(environment(configured)))
    expect(levelOf({})).toBe('warn')
    expect(levelOf({ NODE_ENV: 'development' })).toBe('debug')
    expect(levelOf({ NODE_ENV: 'development', LOG_LEVEL: 'error' })).toBe('error')
  })

  test('does not complete a client of which only half is set', () => {
    const half = environment({ GOOGLE_CLIENT_ID: 'own-client' })
    expect(() => readApiSettings(half)).toThrow('GOOGLE_CLIENT_SECRET: is required because GOOGLE_CLIENT_ID is set')
  })

  test('without the sandbox has no clients but the user’s', () => {
    const real = environment({ MEETINGBAAS_API_KEY: 'mb-key' }, null)
    expect(Object.keys(real).filter((name) => name.includes('CLIENT'))).toEqual([])
    expect(() => readApiSettings(real)).not.toThrow()
  })
})

describe('the environment of the sandbox', () => {
  const sandbox = (configured: NodeJS.ProcessEnv, more: { temporary?: boolean; speed?: number } = {}) => {
    const { temporary = false, speed } = more
    return sandboxEnvironment({ configured, settings, apiUrl: 'http://127.0.0.1:3001', folder: '/f', temporary, speed })
  }

  test('has short meetings, real time, and a file that survives a restart', () => {
    const env = sandbox({})
    expect(env).toMatchObject({ SANDBOX_MEETING_MINUTES: '0.4', SANDBOX_STATE_FILE: '/f/sandbox-state' })
    expect(env).not.toHaveProperty('SANDBOX_SPEED')
    expect(env).toMatchObject({ SANDBOX_API_KEY: 'not-a-secret-key' })
  })

  test('takes the user’s variables', () => {
    const own = { SANDBOX_SPEED: '10', SANDBOX_MEETING_MINUTES: '5' }
    expect(sandbox(own)).toMatchObject(own)
    expect(sandbox({ SANDBOX_MEETING_MINUTES: '' })).toEqual(sandbox({}))
  })

  test('of the demo keeps nothing and has the speed of the demo', () => {
    const env = sandbox({}, { temporary: true, speed: 60 })
    expect(env).toMatchObject({ SANDBOX_SPEED: '60' })
    expect(Object.keys(env)).not.toContain('SANDBOX_STATE_FILE')
  })
})

test('the operator CLI gets the keys, and no OAuth client', () => {
  const text = operatorEnvironment(environment({}))
  expect(text).toContain(`ENCRYPTION_KEYS=${JSON.stringify(key('e'))}`)
  expect(text).not.toContain('CLIENT')
})
