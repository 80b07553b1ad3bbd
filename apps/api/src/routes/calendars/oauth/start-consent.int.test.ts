import { RetryableError } from '@seer/core/basics/errors'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CalendarUser, openCalendarUser } from '../../../../testing/calendar-user.ts'
import { appPage, callbackUrl, openBrowser, openConsents, startUrl } from '../../../../testing/consents.ts'
import { openTestApi, type TestApi } from '../../../../testing/test-api.ts'

let api: TestApi
let alice: CalendarUser
let consents: ReturnType<typeof openConsents>

beforeAll(async () => {
  api = await openTestApi()
  consents = openConsents(api)
})
afterAll(() => api.close())
beforeEach(async () => {
  consents.forget()
  api.oauth.state.fails = null
  api.clock.now = new Date('2026-05-05T10:00:00Z')
  alice = await openCalendarUser(api, 'alice')
})
afterEach(() => consents.expectNoneLogged())

describe('GET /calendar/oauth/:provider/start', () => {
  test('answers 302 to the provider, and where that is as JSON', async () => {
    const query = new URLSearchParams({ loginHint: alice.email })
    const { status, headers, body } = await alice.client('GET', `${startUrl}?${query}`)
    consents.keep(body.data.authorizationUrl)
    expect([status, headers.location]).toEqual([302, body.data.authorizationUrl])
    expect(body.data.expiresAt).toBe('2026-05-05T10:10:00.000Z')
    const { origin, searchParams } = new URL(body.data.authorizationUrl)
    expect([origin, searchParams.get('loginHint')]).toEqual(['https://google.example', alice.email])
    expect(searchParams.get('redirectUri')).toBe(`https://seer.example${callbackUrl}`)
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('ties the consent of a browser to it', async () => {
    const { status, headers, given } = await openBrowser(api).visit(startUrl, alice.key)
    consents.keep(String(headers.location))
    expect(status).toBe(302)
    expect(given).toEqual([
      expect.stringMatching(
        new RegExp(
          `^seer_consent_[0-9a-f]{16}=[\\w-]{43}; Max-Age=600; Path=${callbackUrl}; HttpOnly; Secure; SameSite=Lax$`,
        ),
      ),
    ])
    const state = new URL(String(headers.location)).searchParams.get('state') ?? ''
    expect(given.join()).not.toContain(state)
  })

  test.each([
    'https://app.example.com.evil.test/settings',
    'https://user:pass@app.example.com/settings',
    'https://app.example.com@evil.test/settings',
    'https://app.example.com:444/settings',
    'http://app.example.com/settings',
    'https://app.example.com/settingsevil',
    'https://app.example.com/settings/../admin',
    'https://app.example.com/settings/%2e%2e/admin',
    'https://app.example.com/',
    '//evil.test/settings',
    '/settings',
    'javascript:alert(1)',
    'data:text/html,x',
    'https:\\\\evil.test/settings',
    '',
  ])('refuses to send a browser to %s', async (redirectUrl) => {
    await consents.begin(alice)
    const { status, body } = await alice.client('GET', `${startUrl}?${new URLSearchParams({ redirectUrl })}`)
    expect([status, body.code]).toEqual([400, 'OAUTH_REDIRECT_NOT_ALLOWED'])
  })

  test.each([appPage, `${appPage}/`, `${appPage}/calendars?tab=2#end`, 'HTTPS://APP.example.com:443/settings'])(
    'may send a browser to %s',
    async (redirectUrl) => {
      await consents.begin(alice, { redirectUrl })
    },
  )

  test.each([
    ['/oauth/outlook/start', 400, 'UNKNOWN_CALENDAR_PROVIDER'],
    ['/oauth/google/start?colour=red', 400, 'VALIDATION_FAILED'],
    ['/oauth/google/start?rawCalendarId=a%00b', 400, 'VALIDATION_FAILED'],
    ['/oauth/google/start?redirectUrl=https://app.example.com/settings/%00', 400, 'VALIDATION_FAILED'],
  ])('refuses %s', async (path, status, code) => {
    await consents.begin(alice)
    const answer = await alice.get(path)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  test('says that the provider’s server is away', async () => {
    await consents.begin(alice)
    api.oauth.state.fails = new RetryableError('OAUTH_SERVER_UNAVAILABLE')
    expect(await alice.get('/oauth/google/start')).toMatchObject({
      status: 503,
      body: { code: 'OAUTH_SERVER_UNAVAILABLE' },
    })
  })
})
