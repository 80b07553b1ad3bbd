import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { calendarWorld } from '../../../../testing/calendars/calendar-world.ts'
import { memoryCalendarStores } from '../../../../testing/calendars/memory-calendar-store.ts'
import { PermanentError } from '../../../basics/errors.ts'
import type { OauthClient, OauthFlow } from './oauth.ts'
import { finishConsent, isAllowed, startConsent } from './oauth-consent.ts'

/** A tiny OAuth server: it gives a token for the verifier that belongs to the state. */
function setUp() {
  const world = calendarWorld()
  world.vendor.addAccount({ email: 'ines@acme.test', refreshToken: 'from-consent' })
  const { oauthFlows } = memoryCalendarStores(world.now)
  const stored: OauthFlow[] = []
  const verifiers = new Map<string, string>()
  const oauth: OauthClient = {
    configured: ['google'],
    authorizationUrl: async ({ state, codeVerifier }) => {
      verifiers.set(state, codeVerifier)
      return `https://accounts.example.test/authorize?state=${state}`
    },
    exchange: async ({ callbackUrl, state, codeVerifier }) => {
      const query = new URL(callbackUrl).searchParams
      if (query.get('error')) throw new PermanentError('OAUTH_DENIED')
      if (query.get('state') !== state || verifiers.get(query.get('code') ?? '') !== codeVerifier) {
        throw new PermanentError('OAUTH_CODE_REFUSED')
      }
      return { refreshToken: 'from-consent' }
    },
  }
  const flows = {
    ...oauthFlows,
    add: async (flow: OauthFlow) => {
      stored.push(flow)
      await oauthFlows.add(flow)
    },
  }
  const allowedRedirects = ['https://app.example.test/settings']
  const deps = { ...world.deps, flows, oauth, allowedRedirects, redirectUri: 'https://seer.example.test/callback' }
  const userId = randomUUID()
  return {
    ...world,
    stored,
    userId,
    async start(more: object = {}) {
      const started = await startConsent(deps, { userId, provider: 'google', isBrowser: false, ...more })
      return { ...started, state: new URL(started.authorizationUrl).searchParams.get('state') ?? '' }
    },
    /** This server uses the state of the request as its code. */
    finish: (query: Record<string, string>, more: object = {}) =>
      finishConsent(deps, {
        provider: 'google',
        callbackUrl: `https://seer.example.test/callback?${new URLSearchParams(query)}`,
        browserKey: null,
        ...more,
      }),
  }
}

describe('a consent', () => {
  test('connects the calendar of the user who began it, and leads back to the app', async () => {
    const { start, finish, integrations, userId } = setUp()
    const { state } = await start({ redirectUrl: 'https://app.example.test/settings/calendars?tab=1' })
    const { redirectUrl, ...end } = await finish({ state, code: state })
    expect(redirectUrl).toBe('https://app.example.test/settings/calendars?tab=1')
    expect(end).toMatchObject({ setup: { outcome: 'connected', integration: { userId, status: 'active' } } })
    expect(await integrations.list(userId)).toHaveLength(1)
  })

  test('works once, and the same callback again connects nothing', async () => {
    const { start, finish, integrations, userId } = setUp()
    const { state } = await start()
    await finish({ state, code: state })
    expect(await finish({ state, code: state })).toMatchObject({ error: { code: 'OAUTH_STATE_INVALID' } })
    expect(await integrations.list(userId)).toHaveLength(1)
  })

  test('ends after ten minutes', async () => {
    const { start, finish, pass } = setUp()
    const { state } = await start()
    pass(601)
    expect(await finish({ state, code: state })).toMatchObject({ error: { code: 'OAUTH_STATE_INVALID' } })
  })

  test('connects nothing with the code of another user’s consent', async () => {
    const { start, finish, integrations, userId } = setUp()
    const mine = await start()
    const theirs = await start({ userId: randomUUID() })
    const end = await finish({ state: mine.state, code: theirs.state })
    expect(end).toMatchObject({ error: { code: 'OAUTH_CODE_REFUSED' } })
    expect(await integrations.list(userId)).toEqual([])
  })

  test.each([
    ['without a cookie', { browserKey: null }],
    ['with the cookie of another', { browserKey: 'stolen' }],
  ])('begun by a browser cannot be finished by a browser %s', async (_, more) => {
    const { start, finish } = setUp()
    const { state, browserKey } = await start({ isBrowser: true })
    expect(browserKey).toMatch(/^[\w-]{43}$/)
    expect(await finish({ state, code: state }, more)).toMatchObject({ error: { code: 'OAUTH_STATE_INVALID' } })
    // The flow is used up, so a thief gets no second try.
    expect(await finish({ state, code: state }, { browserKey })).toMatchObject({
      error: { code: 'OAUTH_STATE_INVALID' },
    })
  })

  test('begun by a browser is finished by that browser', async () => {
    const { start, finish } = setUp()
    const { state, browserKey } = await start({ isBrowser: true })
    expect(await finish({ state, code: state }, { browserKey })).toMatchObject({ setup: { outcome: 'connected' } })
  })

  test('is refused when it comes back to another provider’s address', async () => {
    const { start, finish } = setUp()
    const { state } = await start()
    const end = await finish({ state, code: state }, { provider: 'microsoft' })
    expect(end).toMatchObject({ error: { code: 'OAUTH_STATE_INVALID' } })
  })

  const strangers: Record<string, string>[] = [{}, { state: 'made-up', code: 'x' }, { code: 'x' }]
  test.each(strangers)('callback with %j is refused', async (query) => {
    expect(await setUp().finish(query)).toMatchObject({ redirectUrl: null, error: { code: 'OAUTH_STATE_INVALID' } })
  })

  test('leads back to the app with the reason when it was denied', async () => {
    const { start, finish, integrations, userId } = setUp()
    const { state } = await start({ redirectUrl: 'https://app.example.test/settings' })
    expect(await finish({ state, error: 'access_denied' })).toMatchObject({
      redirectUrl: 'https://app.example.test/settings',
      error: { code: 'OAUTH_DENIED' },
    })
    expect(await integrations.list(userId)).toEqual([])
  })

  test('keeps neither state nor verifier nor cookie in the clear', async () => {
    const { start, stored } = setUp()
    const { state, browserKey } = await start({ isBrowser: true })
    const [flow] = stored
    expect(JSON.stringify(flow)).not.toContain(state)
    expect(JSON.stringify(flow)).not.toContain(browserKey)
    expect(flow?.codeVerifier).toMatch(/^sealed\(oauth_flows:/)
  })

  test('does not begin when the address to return to is not allowed', async () => {
    const { start, stored } = setUp()
    const request = start({ redirectUrl: 'https://app.example.test.evil.test/settings' })
    await expect(request).rejects.toMatchObject({ code: 'OAUTH_REDIRECT_NOT_ALLOWED' })
    expect(stored).toEqual([])
  })
})

test.each([
  ['https://app.example.test/settings', true],
  ['https://app.example.test/settings/', true],
  ['https://app.example.test/settings/a?b=c#d', true],
  ['https://app.example.test/settingsx', false],
  ['https://app.example.test/', false],
  ['https://app.example.test/settings/../admin', false],
  ['http://app.example.test/settings', false],
  ['https://app.example.test:444/settings', false],
  ['https://user@app.example.test/settings', false],
  ['https://evil.test/https://app.example.test/settings', false],
  ['javascript:alert(1)', false],
  ['//app.example.test/settings', false],
  ['', false],
])('%s is allowed: %s', (url, allowed) => {
  expect(isAllowed(url, ['https://app.example.test/settings'])).toBe(allowed)
})
