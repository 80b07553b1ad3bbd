import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Provider from 'oidc-provider'
import { openTestBrowser } from './test-browser.ts'

export type OauthServerOptions = { clientId: string; clientSecret: string; redirectUris: string[] }

const scopes = [
  'https://www.googleapis.com/auth/calendar.readonly',
  'https://www.googleapis.com/auth/userinfo.email',
  'offline_access',
  'Calendars.Read',
  'User.Read',
]
const accountId = 'test-account'

/**
 * A real OAuth server (oidc-provider) on loopback that stands in for Google or Microsoft. It demands PKCE, and gives a
 * refresh token when lasting access is asked for, in Google's or in Microsoft's way.
 */
export async function openOauthServer({ clientId, clientSecret, redirectUris }: OauthServerOptions) {
  const { server, port } = await listen()
  const issuer = `http://127.0.0.1:${port}`
  /** Grants with lasting access. */
  const lasting = new Set<string>()
  const provider = await openProvider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    scopes,
    pkce: { required: () => true },
    extraParams: ['access_type'],
    issueRefreshToken: (_: unknown, __: unknown, { grantId }: { grantId: string }) => lasting.has(grantId),
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ['not-a-secret'] },
    ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, Interaction: 600, RefreshToken: 600, Session: 600 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
  })
  const serve = provider.callback()
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) {
      return void interact(provider, lasting, request, response).catch((error) =>
        response.writeHead(500).end(`${error}`),
      )
    }
    request.url = askedForOfflineAccess(request.url ?? '/')
    return void serve(request, response)
  })
  return {
    issuer,
    /** Plays a browser whose user allows everything. @returns the URL that the browser is sent back to */
    consent: (authorizationUrl: string) => openTestBrowser('allow').visit(authorizationUrl, redirectUris),
    /** The same with a user who refuses. */
    deny: (authorizationUrl: string) => openTestBrowser('deny').visit(authorizationUrl, redirectUris),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The issuer contains the port, so the port must be known before the provider is made. */
async function listen() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

/** oidc-provider warns that it wants Node 22 and keeps everything in memory. In a test that does not matter. */
async function openProvider(issuer: string, configuration: object): Promise<Provider> {
  const { warn } = console
  console.warn = () => {}
  try {
    const { default: OidcProvider, interactionPolicy } = await import('oidc-provider')
    const policy = interactionPolicy.base()
    policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }))
    const { interactions } = configuration as { interactions: object }
    return new OidcProvider(issuer, { ...configuration, interactions: { ...interactions, policy } })
  } finally {
    console.warn = warn
  }
}

/** Microsoft uses a scope, which oidc-provider ignores without the consent prompt. Google uses a parameter. */
function askedForOfflineAccess(path: string): string {
  const url = new URL(path, 'http://localhost')
  const isAsked = url.searchParams.get('scope')?.split(' ').includes('offline_access')
  if (isAsked) url.searchParams.set('access_type', 'offline')
  return isAsked ? url.pathname + url.search : path
}

/** Signs in, chooses the account and consents or refuses, as the header of the test browser says. */
async function interact(
  provider: Provider,
  lasting: Set<string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { prompt, params } = await provider.interactionDetails(request, response)
  if (request.headers['x-test-user'] === 'deny') {
    return provider.interactionFinished(request, response, { error: 'access_denied' })
  }
  if (prompt.name !== 'consent') {
    return provider.interactionFinished(request, response, { login: { accountId }, select_account: {} })
  }
  const grant = new provider.Grant({ accountId, clientId: params['client_id'] ?? '' })
  grant.addOIDCScope(params['scope'] ?? '')
  const grantId = await grant.save()
  if (params['access_type'] === 'offline') lasting.add(grantId)
  return provider.interactionFinished(request, response, { consent: { grantId } })
}
