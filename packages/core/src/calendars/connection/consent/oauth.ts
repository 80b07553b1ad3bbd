import type { CalendarProvider } from '../../../vendor/calendar-providers.ts'

/** A consent that was started. Kept until its callback, or for ten minutes. */
export type OauthFlow = {
  /** SHA-256 of the state, hex. So somebody who reads the table cannot finish a flow. */
  stateHash: string
  userId: string
  provider: CalendarProvider
  /** Sealed. */
  codeVerifier: string
  /** Where the browser goes afterwards; null: to a page of ours. */
  redirectUrl: string | null
  rawCalendarId: string | null
  /** SHA-256 of the cookie that the callback must have; null when the flow was not started by the browser. */
  browserHash: string | null
  createdAt: Date
  expiresAt: Date
}

export interface OauthFlowStore {
  add(flow: OauthFlow): Promise<void>
  /** Removes and returns the flow, so that it can be used only once. Null when it is unknown or expired. */
  take(stateHash: string, now: Date): Promise<OauthFlow | null>
  /** @returns how many were removed */
  removeExpired(now: Date, limit: number): Promise<number>
}

/** Google's and Microsoft's OAuth servers. */
export interface OauthClient {
  /** Providers with a client id and secret. */
  readonly configured: readonly CalendarProvider[]
  /**
   * The address where the user consents: with PKCE (S256) and offline access. For Google also with the consent prompt,
   * because without it a second consent would give no refresh token.
   * @throws PermanentError CALENDAR_PROVIDER_NOT_CONFIGURED; RetryableError OAUTH_SERVER_UNAVAILABLE
   */
  authorizationUrl(request: {
    provider: CalendarProvider
    state: string
    codeVerifier: string
    redirectUri: string
    loginHint?: string
  }): Promise<string>
  /**
   * Turns the code of a callback into a refresh token.
   * @param callbackUrl as requested by the browser, with its query
   * @throws PermanentError OAUTH_DENIED (the user or the server refused), OAUTH_CODE_REFUSED, OAUTH_NO_REFRESH_TOKEN;
   * RetryableError OAUTH_SERVER_UNAVAILABLE
   */
  exchange(request: {
    provider: CalendarProvider
    callbackUrl: string
    state: string
    codeVerifier: string
    redirectUri: string
  }): Promise<{ refreshToken: string }>
}
