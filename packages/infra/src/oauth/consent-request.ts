import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'

/**
 * What is asked of a user, per provider: reading calendars, the address of the account, and lasting access. The scopes
 * are those of Meeting BaaS's page "Calendar integration" for API v2
 * (docs.meetingbaas.com/docs/api-v2/getting-started/calendars). Asking for no more keeps the consent screen short. None
 * is `openid`: who signs in is of no matter here.
 */
const consents: Record<CalendarProvider, { scope: string; lasting: Record<string, string> }> = {
  google: {
    scope: 'https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/userinfo.email',
    // Without the prompt Google gives a refresh token only at an account's first consent.
    lasting: { access_type: 'offline', prompt: 'consent' },
  },
  microsoft: { scope: 'offline_access Calendars.Read User.Read', lasting: {} },
}

/** Parameters of the authorization request that differ between providers. */
export function consentRequest(provider: CalendarProvider, loginHint: string | undefined): Record<string, string> {
  const { scope, lasting } = consents[provider]
  return { scope, ...lasting, ...account(provider, loginHint) }
}

/**
 * Whose calendar it is: the account that is hinted at, else a choice. Google lets users choose by itself; Microsoft
 * takes whoever is signed in, unless it is told to ask.
 */
function account(provider: CalendarProvider, loginHint: string | undefined): Record<string, string> {
  if (loginHint !== undefined) return { login_hint: loginHint }
  return provider === 'microsoft' ? { prompt: 'select_account' } : {}
}
