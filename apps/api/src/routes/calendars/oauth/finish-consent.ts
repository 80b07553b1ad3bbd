import { SeerError } from '@seer/core/basics/errors'
import { type FinishedConsent, finishConsent } from '@seer/core/calendars/connection/consent/oauth-consent'
import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FailedAttempts } from '../../../access/rate-limit.ts'
import { type ApiScope, answers } from '../../../api-scope.ts'
import type { ApiDeps } from '../../../dependencies.ts'
import { ProviderParams } from '../calendar-fields.ts'
import { setupDeps } from '../grant-order.ts'
import { answerConsent } from './answer-consent.ts'
import { callbackRoute, redirectUriOf } from './consent-address.ts'
import { browserKeyOf, clearConsentCookie } from './consent-cookie.ts'
import { keepPrivate } from './consent-headers.ts'

/** Providers add what they like. */
const CallbackQuery = z.looseObject({
  state: z.string().optional(),
  code: z.string().optional(),
  error: z.string().optional(),
})

/**
 * Where the provider sends the browser. Open to all, because the browser has no key: the state proves whose consent it is.
 * The query is the secret of a consent and goes nowhere but to `finishConsent`.
 */
export function finishConsentRoute(app: ApiScope, deps: ApiDeps, failures: FailedAttempts): void {
  app.route({
    method: 'GET',
    url: callbackRoute,
    // HEAD would use the consent up.
    exposeHeadRoute: false,
    config: { access: 'public' },
    schema: {
      tags: ['Calendars'],
      summary: 'Finish a consent',
      description:
        'Google and Microsoft send the user’s browser here. Register this address as redirect URI of the OAuth client.',
      params: ProviderParams,
      querystring: CallbackQuery,
      response: answers({
        200: z
          .string()
          .meta({ description: 'A page that tells the user that the calendar is connected, or soon will be.' }),
        302: z.void().meta({ description: 'Sends the browser on to the `redirectUrl` of the consent.' }),
      }),
    },
    handler: async (request, reply) => {
      const { state = '' } = request.query
      const redirectUri = redirectUriOf(deps.options, request.params.provider)
      const finished = await finish(deps, failures, request, { ...request.params, state, redirectUri })
      clearConsentCookie(reply, state, redirectUri)
      return answerConsent(keepPrivate(reply), finished)
    },
  })
}

type Callback = { provider: CalendarProvider; state: string; redirectUri: string }

/** Never throws, so that the user is told about every error in the same way. */
async function finish(
  deps: ApiDeps,
  failures: FailedAttempts,
  request: FastifyRequest,
  { provider, state, redirectUri }: Callback,
): Promise<FinishedConsent> {
  const query = request.url.indexOf('?')
  const callbackUrl = redirectUri + (query < 0 ? '' : request.url.slice(query))
  const browserKey = browserKeyOf(request, state)
  try {
    await failures.refuseAboveLimit(request)
    const core = { ...setupDeps(deps, provider), flows: deps.db.oauthFlows, oauth: deps.oauth, redirectUri }
    const finished = await finishConsent(core, { provider, callbackUrl, browserKey })
    // Nobody can guess a state, but each attempt costs a query.
    if ('error' in finished && isUnknownState(finished.error)) await failures.count(request)
    return finished
  } catch (error) {
    return { redirectUrl: null, error }
  }
}

const isUnknownState = (error: unknown) => error instanceof SeerError && error.code === 'OAUTH_STATE_INVALID'
