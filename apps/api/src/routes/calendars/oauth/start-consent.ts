import { startConsent } from '@seer/core/calendars/connection/oauth-consent'
import { z } from 'zod'
import { callerOf } from '../../../access/authentication.ts'
import { type ApiScope, answers, dataOf } from '../../../api-scope.ts'
import type { ApiDeps } from '../../../dependencies.ts'
import { ProviderParams, rawCalendarIdField } from '../calendar-fields.ts'
import { demandProvider } from '../grant-order.ts'
import { redirectUriOf, startRoute } from './consent-address.ts'
import { consentCookie } from './consent-cookie.ts'
import { isBrowser, keepPrivate } from './consent-headers.ts'

const StartQuery = z.strictObject({
  redirectUrl: z
    .string()
    .max(2_048)
    .optional()
    .meta({
      description:
        'Where the browser goes afterwards, with `calendar=connected`, `connecting` or `failed` in its query; one of OAUTH_REDIRECT_URLS or below. Without it a page of Seer tells how it went.',
      examples: ['https://app.example.com/settings/calendars'],
    }),
  rawCalendarId: rawCalendarIdField().optional(),
  loginHint: z.string().min(1).max(320).optional().meta({ description: 'E-mail address of the account, if known.' }),
})

const StartedConsent = z
  .object({
    authorizationUrl: z.string().meta({ description: 'Where to send the user’s browser; equal to `Location`.' }),
    expiresAt: z.iso.datetime().meta({ description: 'Until when the consent can be given.' }),
  })
  .meta({ id: 'StartedConsent' })

export function startConsentRoute(app: ApiScope, deps: ApiDeps): void {
  const { db, oauth, now, options } = deps
  app.route({
    method: 'GET',
    url: startRoute,
    // HEAD would begin a consent as well.
    exposeHeadRoute: false,
    config: { access: 'write' },
    schema: {
      tags: ['Calendars'],
      summary: 'Ask a user for consent to read a calendar',
      description:
        'Begins a consent at Google or Microsoft that connects a calendar for you, the caller. Send the user’s browser to `authorizationUrl`. Or have the browser itself ask, through a proxy of yours at BASE_URL that adds your key: to a request that accepts `text/html` a cookie is given, and only that browser can then finish.',
      params: ProviderParams,
      querystring: StartQuery,
      response: answers({ 302: dataOf(StartedConsent, 'The consent has begun; `Location` is where it is given.') }),
    },
    handler: async (request, reply) => {
      const { provider } = request.params
      const { userId } = callerOf(request)
      const redirectUri = redirectUriOf(options, provider)
      const { allowedRedirects } = options
      const core = {
        flows: db.oauthFlows,
        oauth,
        now,
        allowedRedirects,
        redirectUri,
        ...demandProvider(deps, provider),
      }
      const order = { userId, provider, isBrowser: isBrowser(request), ...request.query }
      const { authorizationUrl, browserKey, expiresAt } = await startConsent(core, order)
      const state = new URL(authorizationUrl).searchParams.get('state') ?? ''
      if (browserKey !== null) reply.header('set-cookie', consentCookie(state, browserKey, redirectUri))
      return keepPrivate(reply)
        .code(302)
        .header('location', authorizationUrl)
        .send({ data: { authorizationUrl, expiresAt: expiresAt.toISOString() } })
    },
  })
}
