import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  calendarConnectionRules,
  calendarConnectionSettings,
  oauthClients,
  oauthIssuers,
  oauthServerRules,
  oauthServerSettings,
} from './calendar-connection-settings.ts'
import { ConfigurationError, parseEnvironment } from './parse-environment.ts'
import { environmentSettings } from './settings.ts'

const schema = z.object({ ...calendarConnectionSettings, ...oauthServerSettings, ...environmentSettings })
const read = (environment: Record<string, string>) =>
  parseEnvironment(schema, environment, [...calendarConnectionRules, ...oauthServerRules])

function problemsOf(environment: Record<string, string>): string[] {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

/** Visibly fake. */
const bytes = Buffer.alloc(32, 0xfb)
const ENCRYPTION_KEYS = bytes.toString('base64')
const google = { GOOGLE_CLIENT_ID: 'fake-google-client', GOOGLE_CLIENT_SECRET: 'fake-google-secret' }
const microsoft = { MICROSOFT_CLIENT_ID: 'fake-microsoft-client', MICROSOFT_CLIENT_SECRET: 'fake-microsoft-secret' }

describe('settings of calendar connections', () => {
  test('may all be left out', () => {
    const settings = read({})
    expect(settings).toMatchObject({ ENCRYPTION_KEYS: [], OAUTH_REDIRECT_URLS: [], MICROSOFT_TENANT_ID: 'common' })
    expect(oauthClients(settings)).toEqual({})
  })

  test('give the OAuth clients and the issuers', () => {
    const settings = read({ ...google, ...microsoft, ENCRYPTION_KEYS, MICROSOFT_TENANT_ID: 'example.test' })
    expect(oauthClients(settings)).toEqual({
      google: { clientId: 'fake-google-client', clientSecret: 'fake-google-secret' },
      microsoft: {
        clientId: 'fake-microsoft-client',
        clientSecret: 'fake-microsoft-secret',
        tenantId: 'example.test',
      },
    })
    expect(oauthIssuers(settings)).toEqual({
      google: 'https://accounts.google.com',
      microsoft: 'https://login.microsoftonline.com/example.test/v2.0',
    })
  })

  test('may name other issuers', () => {
    const issuers = { GOOGLE_ISSUER_URL: 'http://127.0.0.1:4000', MICROSOFT_ISSUER_URL: 'http://127.0.0.1:5000' }
    expect(oauthIssuers(read(issuers))).toEqual({
      google: 'http://127.0.0.1:4000',
      microsoft: 'http://127.0.0.1:5000',
    })
  })

  test('report an id without a secret, and a secret without an id', () => {
    const { GOOGLE_CLIENT_ID } = google
    const { MICROSOFT_CLIENT_SECRET } = microsoft
    expect(problemsOf({ ENCRYPTION_KEYS, GOOGLE_CLIENT_ID, MICROSOFT_CLIENT_SECRET })).toEqual([
      'GOOGLE_CLIENT_SECRET: is required because GOOGLE_CLIENT_ID is set',
      'MICROSOFT_CLIENT_ID: is required because MICROSOFT_CLIENT_SECRET is set',
    ])
  })

  test.each([google, microsoft])('need an encryption key as soon as there is a client (%#)', (client) => {
    const [problem, ...others] = problemsOf(client)
    expect(problem).toMatch(/^ENCRYPTION_KEYS: is required .* openssl rand -base64 32$/)
    expect(others).toEqual([])
  })
})

describe('ENCRYPTION_KEYS', () => {
  test.each([
    ENCRYPTION_KEYS,
    bytes.toString('base64url'),
    `${ENCRYPTION_KEYS}, ${Buffer.alloc(32).toString('base64')}`,
  ])('takes base64 and base64url of 32 bytes (%#)', (keys) => {
    expect(problemsOf({ ENCRYPTION_KEYS: keys })).toEqual([])
  })

  test.each([
    'hunter2',
    Buffer.alloc(31, 1).toString('base64'),
    Buffer.alloc(33, 1).toString('base64'),
    bytes.toString('hex'),
    `${ENCRYPTION_KEYS},hunter2`,
    `${ENCRYPTION_KEYS.slice(0, -2)}!=`,
  ])('refuses anything else, says how to make a key, and does not show the value (%#)', (keys) => {
    const problems = problemsOf({ ...google, ENCRYPTION_KEYS: keys })
    expect(problems).toEqual([
      'ENCRYPTION_KEYS: must be 32 bytes each, in base64; make one with: openssl rand -base64 32',
    ])
  })

  test('refuses the same key twice, however it is spelled', () => {
    expect(problemsOf({ ENCRYPTION_KEYS: `${ENCRYPTION_KEYS},${bytes.toString('base64url')}` })).toEqual([
      'ENCRYPTION_KEYS: must not have the same key twice',
    ])
  })
})

describe('addresses', () => {
  test('of the app must be http or https, without credentials and fragment', () => {
    const good = 'https://app.example.test/done?from=seer, http://localhost:5173'
    expect(read({ OAUTH_REDIRECT_URLS: good }).OAUTH_REDIRECT_URLS).toHaveLength(2)
    const bad = ['app.example.test', 'ftp://a.test', 'https://u:hunter2@a.test', 'https://a.test/#', 'javascript:a()']
    for (const OAUTH_REDIRECT_URLS of bad) {
      expect(problemsOf({ OAUTH_REDIRECT_URLS })).toEqual([
        'OAUTH_REDIRECT_URLS: must be http:// or https:// URLs without user, password and #',
      ])
    }
  })

  test('of OAuth servers need https in production, but not on this machine', () => {
    const away = { GOOGLE_ISSUER_URL: 'http://oauth.example.test', MICROSOFT_ISSUER_URL: 'http://127.0.0.1:4000' }
    expect(problemsOf(away)).toEqual([])
    expect(problemsOf({ ...away, NODE_ENV: 'production' })).toEqual([
      expect.stringMatching(/^GOOGLE_ISSUER_URL: must be an https/),
    ])
  })
})
