import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientFor, credentials, failure, newFlow, redirectUri } from '../../testing/oauth/oauth-flow.ts'
import { openOauthServer } from '../../testing/oauth/oauth-server.ts'

let server: Awaited<ReturnType<typeof openOauthServer>>
beforeAll(async () => {
  server = await openOauthServer({ ...credentials, redirectUris: [redirectUri] })
})
afterAll(() => server.close())

describe('consent', () => {
  test.each(['google', 'microsoft'] as const)('gives a refresh token of %s', async (provider) => {
    const client = clientFor(server.issuer)
    const flow = newFlow(provider)
    const callbackUrl = await server.consent(await client.authorizationUrl(flow))
    const { refreshToken } = await client.exchange({ ...flow, callbackUrl })
    expect(refreshToken).toMatch(/^[\w-]{20,}$/)
  })

  test('asks Google for what Meeting BaaS needs, and for nothing else', async () => {
    const flow = newFlow()
    const url = new URL(await clientFor(server.issuer).authorizationUrl({ ...flow, loginHint: 'ada@example.test' }))
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'test-client',
      response_type: 'code',
      redirect_uri: redirectUri,
      state: flow.state,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      scope: 'https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/userinfo.email',
      access_type: 'offline',
      prompt: 'consent',
      login_hint: 'ada@example.test',
    })
    expect(url.href).not.toContain(flow.codeVerifier)
  })

  test('asks Microsoft for the same, and lets the user choose an account if none is hinted', async () => {
    const client = clientFor(server.issuer)
    const asked = async (loginHint?: string) => {
      const url = new URL(await client.authorizationUrl({ ...newFlow('microsoft'), loginHint }))
      return ['scope', 'prompt', 'login_hint'].map((name) => url.searchParams.get(name))
    }
    const scope = 'offline_access Calendars.Read User.Read'
    expect(await asked()).toEqual([scope, 'select_account', null])
    expect(await asked('ada@example.test')).toEqual([scope, null, 'ada@example.test'])
  })

  test('accepts a callback whose host a proxy has changed', async () => {
    const client = clientFor(server.issuer)
    const flow = newFlow()
    const { search } = new URL(await server.consent(await client.authorizationUrl(flow)))
    const callbackUrl = `http://api:3001/inside${search}`
    expect(await client.exchange({ ...flow, callbackUrl })).toHaveProperty('refreshToken')
  })
})

describe('an exchange is refused', () => {
  /** A consent that the user gave, ready to be exchanged. */
  async function consented(more = {}) {
    const client = clientFor(server.issuer, more)
    const flow = newFlow()
    return { client, request: { ...flow, callbackUrl: await server.consent(await client.authorizationUrl(flow)) } }
  }

  test('when the user denies', async () => {
    const client = clientFor(server.issuer)
    const flow = newFlow()
    const callbackUrl = await server.deny(await client.authorizationUrl(flow))
    const error = await failure(client.exchange({ ...flow, callbackUrl }))
    expect(error).toMatchObject({ code: 'OAUTH_DENIED', upstreamCode: 'access_denied' })
    expect(error.message).toBe('Google answered the consent with "access_denied".')
  })

  test('when the error is not a code, and does not repeat it', async () => {
    const client = clientFor(server.issuer)
    const flow = newFlow()
    const callback = new URL(await server.deny(await client.authorizationUrl(flow)))
    callback.searchParams.set('error', 'Call +1 555 0100 to <b>unlock</b>')
    const error = await failure(client.exchange({ ...flow, callbackUrl: callback.href }))
    expect(error).toMatchObject({ code: 'OAUTH_DENIED', message: 'Google answered the consent with an error.' })
  })

  test('with the verifier of another flow', async () => {
    const { client, request } = await consented()
    const error = await failure(client.exchange({ ...request, codeVerifier: newFlow().codeVerifier }))
    expect(error).toMatchObject({ code: 'OAUTH_CODE_REFUSED', upstreamCode: 'invalid_grant', upstreamStatus: 400 })
  })

  test('with the state of another flow', async () => {
    const { client, request } = await consented()
    const error = await failure(client.exchange({ ...request, state: newFlow().state }))
    expect(error.code).toBe('OAUTH_CODE_REFUSED')
  })

  test('when it is tried a second time', async () => {
    const { client, request } = await consented()
    await client.exchange(request)
    expect(await failure(client.exchange(request))).toMatchObject({
      code: 'OAUTH_CODE_REFUSED',
      upstreamCode: 'invalid_grant',
    })
  })

  test('with a wrong secret, and says what to check', async () => {
    const { client, request } = await consented({ clientSecret: 'wrong' })
    const error = await failure(client.exchange(request))
    expect(error.code).toBe('OAUTH_CODE_REFUSED')
    expect(error.message).toContain('check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET')
  })

  test.each([
    ['another issuer', (callback: URL) => callback.searchParams.set('iss', 'http://127.0.0.1:1')],
    ['no issuer', (callback: URL) => callback.searchParams.delete('iss')],
    ['no code', (callback: URL) => callback.searchParams.delete('code')],
    ['two codes', (callback: URL) => callback.searchParams.append('code', 'other')],
  ])('of a callback with %s', async (_, change) => {
    const { client, request } = await consented()
    const callback = new URL(request.callbackUrl)
    change(callback)
    const error = await failure(client.exchange({ ...request, callbackUrl: callback.href }))
    expect(error).toMatchObject({ code: 'OAUTH_CODE_REFUSED', upstreamStatus: undefined })
  })

  test('when the provider gives no lasting access', async () => {
    const client = clientFor(server.issuer)
    const flow = newFlow()
    const url = new URL(await client.authorizationUrl(flow))
    url.searchParams.delete('access_type')
    const callbackUrl = await server.consent(url.href)
    expect((await failure(client.exchange({ ...flow, callbackUrl }))).code).toBe('OAUTH_NO_REFRESH_TOKEN')
  })

  test('without showing the code, the secret or an error of the library', async () => {
    const { client, request } = await consented({ clientSecret: 'wrong-but-hidden' })
    const error = await failure(client.exchange(request))
    const shown = `${error.stack} ${JSON.stringify(error)}`
    for (const secret of [new URL(request.callbackUrl).searchParams.get('code'), 'wrong-but-hidden']) {
      expect(shown).not.toContain(secret)
    }
    expect(error.cause).toBeUndefined()
  })
})
