import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'

/**
 * What Seer asks a user for: to read calendars, to see the address of the account, and lasting access. The scopes are
 * from Meeting BaaS's page "Calendar integration" for API v2
 * (docs.meetingbaas.com/docs/api-v2/getting-started/calendars). No more are asked for, so that the consent screen stays
 * short. `openid` is not among them, because Seer does not care who signs in.
 */
const consents: Record<CalendarProvider, { scope: string; lasting: Record<string, string> }> = {
  google: {
    scope: 'https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/userinfo.email',
    // Without the prompt Google gives a refresh token only at the first consent of an account.
    lasting: { access_type: 'offline', prompt: 'consent' },
  },
  microsoft: { scope: 'offline_access Calendars.Read User.Read', lasting: {} },
}

/** The parameters of the authorization request that differ between providers. */
export function consentRequest(provider: CalendarProvider, loginHint: string | undefined): Record<string, string> {
  const { scope, lasting } = consents[provider]
  return { scope, ...lasting, ...account(provider, loginHint) }
}

/**
 * Chooses the account: the hinted one, or else the user chooses. Google asks the user by itself. Microsoft takes the
 * account that is signed in unless it is told to ask.
 */
function account(provider: CalendarProvider, loginHint: string | undefined): Record<string, string> {
  if (loginHint !== undefined) return { login_hint: loginHint }
  return provider === 'microsoft' ? { prompt: 'select_account' } : {}
}
