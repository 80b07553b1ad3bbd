import type { OauthClient } from '@seer/core/calendars/connection/consent/oauth'
import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'
import * as openid from 'openid-client'
import type { OauthClientCredentials, OauthClients } from '../config/calendar-connection-settings.ts'
import { consentRequest } from './consent-request.ts'
import { isLoopback } from './is-loopback.ts'
import { exchangeError, noRefreshToken, notConfigured, unavailable } from './oauth-errors.ts'

export type OauthClientOptions = {
  clients: OauthClients
  issuers: Record<CalendarProvider, string>
  /** Allows plain http to other machines, too; never in production. */
  allowHttp: boolean
  /** How long one request may take, in milliseconds. Default 10,000. */
  timeoutMs?: number
}

type AuthorizationRequest = Parameters<OauthClient['authorizationUrl']>[0]
type ExchangeRequest = Parameters<OauthClient['exchange']>[0]
type Configure = (provider: CalendarProvider) => Promise<openid.Configuration>

/** Authorization codes with PKCE (RFC 6749, RFC 7636). A server's metadata is read when it is first needed. */
export function openOauthClient(options: OauthClientOptions): OauthClient {
  const configure = createConfigure(options)
  const configured = (Object.keys(options.clients) as CalendarProvider[]).filter((name) => options.clients[name])
  return {
    configured,
    authorizationUrl: (request) => authorizationUrl(configure, request),
    exchange: (request) => exchange(configure, request),
  }
}

async function authorizationUrl(configure: Configure, request: AuthorizationRequest): Promise<string> {
  const { provider, state, codeVerifier, redirectUri, loginHint } = request
  const configuration = await configure(provider)
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    state,
    code_challenge: await openid.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...consentRequest(provider, loginHint),
  })
  return url.href
}

async function exchange(configure: Configure, request: ExchangeRequest): Promise<{ refreshToken: string }> {
  const { provider, callbackUrl, state, codeVerifier, redirectUri } = request
  const configuration = await configure(provider)
  // Behind a proxy our host is not the browser's. The server compares the URL with the one in the authorization
  // request.
  const callback = new URL(redirectUri)
  callback.search = new URL(callbackUrl, redirectUri).search
  const checks = { expectedState: state, pkceCodeVerifier: codeVerifier }
  const tokens = await openid.authorizationCodeGrant(configuration, callback, checks).catch(async (error: unknown) => {
    throw await exchangeError(provider, error)
  })
  if (!tokens.refresh_token) throw noRefreshToken(provider)
  return { refreshToken: tokens.refresh_token }
}

/** Reads each server's metadata once. After a failure the next caller tries again. */
function createConfigure(options: OauthClientOptions): Configure {
  const known = new Map<CalendarProvider, Promise<openid.Configuration>>()
  return async (provider) => {
    const client = options.clients[provider]
    if (!client) throw notConfigured(provider)
    const discovery = known.get(provider) ?? discover(options, options.issuers[provider], client)
    known.set(provider, discovery)
    return discovery.catch((error: unknown) => {
      if (known.get(provider) === discovery) known.delete(provider)
      throw unavailable(provider, error)
    })
  }
}

function discover(
  { allowHttp, timeoutMs = 10_000 }: OauthClientOptions,
  issuer: string,
  { clientId, clientSecret }: OauthClientCredentials,
): Promise<openid.Configuration> {
  const execute = allowHttp || isLoopback(issuer) ? [openid.allowInsecureRequests] : []
  const auth = openid.ClientSecretPost(clientSecret)
  return openid.discovery(new URL(issuer), clientId, undefined, auth, { timeout: timeoutMs / 1_000, execute })
}
