import { PermanentError, RetryableError } from '@seer/core/basics/errors'
import { afterEach, describe, expect, test } from 'vitest'
import { metadataOf, openBrokenServer, type TokenEndpoint } from '../../testing/oauth/broken-oauth-server.ts'
import { clientFor, credentials, failure, newFlow, redirectUri } from '../../testing/oauth/oauth-flow.ts'
import { openOauthClient } from './open-oauth-client.ts'

let broken: Awaited<ReturnType<typeof openBrokenServer>> | undefined
afterEach(async () => {
  await broken?.close()
  broken = undefined
})

test('a provider without a client is never called', async () => {
  const issuers = { google: 'http://127.0.0.1:9', microsoft: 'http://127.0.0.1:9' }
  const client = openOauthClient({ clients: { microsoft: credentials }, issuers, allowHttp: false })
  expect(client.configured).toEqual(['microsoft'])
  for (const attempt of [
    client.authorizationUrl(newFlow()),
    client.exchange({ ...newFlow(), callbackUrl: redirectUri }),
  ]) {
    const error = await failure(attempt)
    expect(error).toBeInstanceOf(PermanentError)
    expect(error.code).toBe('CALENDAR_PROVIDER_NOT_CONFIGURED')
  }
})

describe('metadata', () => {
  test.each([401, 403, 404, 302, 200])('are unavailable when a gateway answers %i in their place', async (status) => {
    broken = await openBrokenServer()
    broken.page = status
    const error = await failure(clientFor(broken.url).authorizationUrl(newFlow()))
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ code: 'OAUTH_SERVER_UNAVAILABLE', upstreamStatus: status })
  })

  test('are read again by the next caller after a failure, and then kept', async () => {
    broken = await openBrokenServer()
    const client = clientFor(broken.url)
    const first = await failure(client.authorizationUrl(newFlow()))
    expect(first).toBeInstanceOf(RetryableError)
    expect(first).toMatchObject({ code: 'OAUTH_SERVER_UNAVAILABLE', upstreamStatus: 503 })
    broken.metadata = metadataOf(broken.url)
    expect(await client.authorizationUrl(newFlow())).toContain(`${broken.url}/auth`)
    await client.authorizationUrl(newFlow())
    expect(broken.requests).toEqual({ metadata: 2, token: 0 })
  })

  test('are unavailable when the server is down, or is another server', async () => {
    broken = await openBrokenServer()
    broken.metadata = metadataOf('http://127.0.0.1:1')
    const { url } = broken
    expect((await failure(clientFor(url).authorizationUrl(newFlow()))).code).toBe('OAUTH_SERVER_UNAVAILABLE')
    await broken.close()
    const { message } = await failure(clientFor(url).authorizationUrl(newFlow()))
    expect(message).toMatch(
      /^The OAuth server of Google cannot be reached \((ECONNREFUSED|UND_ERR_SOCKET)\); start again in a moment\.$/,
    )
  })

  test('are read by plain http from another machine only if that is allowed', async () => {
    broken = await openBrokenServer()
    // This address leads to this machine, too, but does not look like it.
    const away = `http://0.0.0.0:${broken.port}`
    broken.metadata = metadataOf(away)
    expect((await failure(clientFor(away).authorizationUrl(newFlow()))).message).toContain('HTTP_REQUEST_FORBIDDEN')
    expect(broken.requests.metadata).toBe(0)
    expect(await clientFor(away, { allowHttp: true }).authorizationUrl(newFlow())).toContain(`${away}/auth`)
  })
})

describe('a token endpoint', () => {
  async function exchangeWhereIt(tokenEndpoint: TokenEndpoint) {
    broken = await openBrokenServer(tokenEndpoint)
    broken.metadata = metadataOf(broken.url)
    const flow = newFlow()
    const callbackUrl = `${redirectUri}?code=not-a-code&state=${flow.state}`
    return failure(clientFor(broken.url, { timeoutMs: 200 }).exchange({ ...flow, callbackUrl }))
  }

  test.each([500, 503, 429, 408])('that answers %i is unavailable', async (status) => {
    const error = await exchangeWhereIt(status)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ code: 'OAUTH_SERVER_UNAVAILABLE', upstreamStatus: status })
  })

  test.each([
    ['hangs up', 'UND_ERR_SOCKET'],
    ['is silent', 'OAUTH_TIMEOUT'],
  ] as const)('that %s is unavailable', async (how, reason) => {
    const error = await exchangeWhereIt(how)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error.message).toContain(reason)
  })

  const json = (status: number, body: object) => ({ status, body })
  const challenge = { 'www-authenticate': 'Basic realm="proxy"' }

  async function expectUnavailable(answer: TokenEndpoint) {
    const error = await exchangeWhereIt(answer)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error.code).toBe('OAUTH_SERVER_UNAVAILABLE')
    expect(error.message).toMatch(/^The OAuth server of Google .*; start again in a moment\.$/)
    return error
  }

  test.each<[string, TokenEndpoint]>([
    ['a page', { status: 200, body: '<h1>Sign in to the network</h1>' }],
    ['JSON without a token', json(200, { ok: true })],
    ['a list', json(200, [])],
  ])('is unavailable when something in its place answers %s (200)', async (_, answer) => {
    await expectUnavailable(answer)
  })

  test.each<[string, number, TokenEndpoint]>([
    ...[400, 401, 403, 404, 409, 413].map((status): [string, number, number] => ['a page', status, status]),
    ['a redirect', 302, { status: 302, headers: { location: 'https://portal.example.test' }, body: '' }],
    ['nothing', 403, { status: 403, body: '' }],
    ['half an answer', 400, { status: 400, headers: { 'content-type': 'application/json' }, body: '{"error":"inv' }],
    ['a challenge and a page', 401, { status: 401, headers: challenge, body: '<p>Proxy' }],
    ['a challenge and JSON', 401, { status: 401, headers: challenge, body: { error: 'Unauthorized' } }],
    ['the JSON of a gateway', 403, json(403, { message: 'Forbidden' })],
    [
      'the JSON of a web framework',
      404,
      json(404, { statusCode: 404, error: 'Not Found', message: 'Route not found' }),
    ],
    ['an error that is not a text', 400, json(400, { error: { code: 400, status: 'INVALID_ARGUMENT' } })],
    ['a temporary error', 400, json(400, { error: 'temporarily_unavailable' })],
    ['an error of too many requests', 429, json(429, { error: 'invalid_request' })],
  ])('is unavailable when something in its place answers %s (%i)', async (_, status, answer) => {
    expect((await expectUnavailable(answer)).upstreamStatus).toBe(status)
  })

  test.each<[string, TokenEndpoint, string]>([
    ['invalid_grant', json(400, { error: 'invalid_grant', error_description: 'Bad Request' }), 'refused the code'],
    ['unauthorized_client', json(403, { error: 'unauthorized_client' }), 'refused the code'],
    ['invalid_client', json(401, { error: 'invalid_client' }), 'check GOOGLE_CLIENT_ID'],
    [
      'invalid_client',
      { status: 401, headers: { 'www-authenticate': 'Basic realm="oauth"' }, body: { error: 'invalid_client' } },
      'check GOOGLE_CLIENT_ID',
    ],
  ])('refuses the code when it answers %s', async (upstreamCode, answer, sentence) => {
    const error = await exchangeWhereIt(answer)
    expect(error).toBeInstanceOf(PermanentError)
    expect(error).toMatchObject({ code: 'OAUTH_CODE_REFUSED', upstreamCode })
    expect(error.message).toContain(sentence)
  })
})

test.each(['temporarily_unavailable', 'server_error'])(
  'a consent that ends in %s does not count as denied',
  async (word) => {
    broken = await openBrokenServer()
    broken.metadata = metadataOf(broken.url)
    const flow = newFlow()
    const callbackUrl = `${redirectUri}?error=${word}&state=${flow.state}`
    const error = await failure(clientFor(broken.url).exchange({ ...flow, callbackUrl }))
    expect(error).toBeInstanceOf(RetryableError)
    expect(error.code).toBe('OAUTH_SERVER_UNAVAILABLE')
  },
)
