import { PermanentError, RetryableError } from '@seer/core/errors'
import { afterEach, describe, expect, it } from 'vitest'
import { openOauthClient } from './open-oauth-client.ts'
import { metadataOf, openBrokenServer } from './testing/broken-oauth-server.ts'
import { clientFor, credentials, failure, newFlow, redirectUri } from './testing/oauth-flow.ts'

let broken: Awaited<ReturnType<typeof openBrokenServer>> | undefined
afterEach(async () => {
  await broken?.close()
  broken = undefined
})

it('a provider without a client is not asked', async () => {
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
  it('that cannot be read are asked for again by the next caller, then kept', async () => {
    broken = await openBrokenServer()
    const client = clientFor(broken.url)
    const first = await failure(client.authorizationUrl(newFlow()))
    expect(first).toBeInstanceOf(RetryableError)
    expect(first).toMatchObject({ code: 'OAUTH_SERVER_UNAVAILABLE', providerStatus: 503 })
    broken.metadata = metadataOf(broken.url)
    expect(await client.authorizationUrl(newFlow())).toContain(`${broken.url}/auth`)
    await client.authorizationUrl(newFlow())
    expect(broken.requests).toEqual({ metadata: 2, token: 0 })
  })

  it('of a server that is down or is another one do not exist', async () => {
    broken = await openBrokenServer()
    broken.metadata = metadataOf('http://127.0.0.1:1')
    const { url } = broken
    expect((await failure(clientFor(url).authorizationUrl(newFlow()))).code).toBe('OAUTH_SERVER_UNAVAILABLE')
    await broken.close()
    const { message } = await failure(clientFor(url).authorizationUrl(newFlow()))
    expect(message).toMatch(/^The OAuth server of Google cannot be reached \((ECONNREFUSED|UND_ERR_SOCKET)\)\.$/)
  })

  it('are not read by plain http from another machine, unless that is allowed', async () => {
    broken = await openBrokenServer()
    // Leads here as well, but nothing in the address says so.
    const away = `http://0.0.0.0:${broken.port}`
    broken.metadata = metadataOf(away)
    expect((await failure(clientFor(away).authorizationUrl(newFlow()))).message).toContain('HTTP_REQUEST_FORBIDDEN')
    expect(broken.requests.metadata).toBe(0)
    expect(await clientFor(away, { allowHttp: true }).authorizationUrl(newFlow())).toContain(`${away}/auth`)
  })
})

describe('a token endpoint', () => {
  async function exchangeWhereIt(tokenEndpoint: Parameters<typeof openBrokenServer>[0]) {
    broken = await openBrokenServer(tokenEndpoint)
    broken.metadata = metadataOf(broken.url)
    const flow = newFlow()
    const callbackUrl = `${redirectUri}?code=not-a-code&state=${flow.state}`
    return failure(clientFor(broken.url, { timeoutMs: 200 }).exchange({ ...flow, callbackUrl }))
  }

  it.each([500, 503, 429, 408])('that answers %i is unavailable', async (status) => {
    const error = await exchangeWhereIt(status)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error).toMatchObject({ code: 'OAUTH_SERVER_UNAVAILABLE', providerStatus: status })
  })

  it.each(['hangs up', 'is silent'] as const)('that %s is unavailable', async (how) => {
    const error = await exchangeWhereIt(how)
    expect(error).toBeInstanceOf(RetryableError)
    expect(error.message).toContain(how === 'is silent' ? 'OAUTH_TIMEOUT' : 'UND_ERR_SOCKET')
  })

  it('that answers 404 with a page has refused', async () => {
    expect(await exchangeWhereIt(404)).toMatchObject({ code: 'OAUTH_CODE_REFUSED', providerStatus: 404 })
  })
})
