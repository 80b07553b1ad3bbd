import { startConsent } from '@seer/core/calendars/connection/consent/oauth-consent'
import { z } from 'zod'
import { callerOf } from '../../../access/authentication.ts'
import { type ApiScope, answers, dataOf } from '../../../api-scope.ts'
import type { ApiDeps } from '../../../dependencies.ts'
import { ProviderParams, rawCalendarIdField } from '../calendar-fields.ts'
import { demandProvider } from '../grant-order.ts'
import { redirectUriOf, startRoute } from './consent-address.ts'
import { setConsentCookie } from './consent-cookie.ts'
import { isBrowser, keepPrivate } from './consent-headers.ts'

const StartQuery = z.strictObject({
  redirectUrl: z
    .string()
    .max(2_048)
    .optional()
    .meta({
      description:
        'Where the browser goes after the consent. The query of that address then has `calendar=connected`, `calendar=connecting` or `calendar=failed`. The address must be one of OAUTH_REDIRECT_URLS, or lie below one. Without it, a page of Seer says how it went.',
      examples: ['https://app.example.com/settings/calendars'],
    }),
  rawCalendarId: rawCalendarIdField().optional(),
  loginHint: z
    .string()
    .min(1)
    .max(320)
    .optional()
    .meta({ description: 'The e-mail address of the account, if you know it.' }),
})

const StartedConsent = z
  .object({
    authorizationUrl: z
      .string()
      .meta({ description: 'Where to send the user’s browser. The header `Location` has the same address.' }),
    expiresAt: z.iso.datetime().meta({ description: 'Until when the user can give the consent.' }),
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
        'Begins a consent at Google or Microsoft. It connects a calendar for you, the caller. Send the user’s browser to `authorizationUrl`.\n\nThe browser may also make this request itself, through a proxy of yours at BASE_URL that adds your key. If the request accepts `text/html`, the browser gets a cookie, and only this browser can finish the consent.',
      params: ProviderParams,
      querystring: StartQuery,
      response: answers({
        302: dataOf(StartedConsent, 'The consent has begun. `Location` is where the user gives it.'),
      }),
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
      if (browserKey !== null) setConsentCookie(reply, state, browserKey, redirectUri)
      return keepPrivate(reply)
        .code(302)
        .header('location', authorizationUrl)
        .send({ data: { authorizationUrl, expiresAt: expiresAt.toISOString() } })
    },
  })
}
