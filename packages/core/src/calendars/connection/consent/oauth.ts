import type { CalendarProvider } from '../../../vendor/calendar-providers.ts'

/** A consent that a user was sent to give; kept until the callback or for ten minutes. */
export type OauthFlow = {
  /** SHA-256 of the state, hex: who reads the table cannot finish a flow. */
  stateHash: string
  userId: string
  provider: CalendarProvider
  /** Sealed. */
  codeVerifier: string
  /** Where the browser goes afterwards; null shows a page of ours. */
  redirectUrl: string | null
  rawCalendarId: string | null
  /** SHA-256 of the cookie that the callback must bring; null when the browser was not there at the start. */
  browserHash: string | null
  createdAt: Date
  expiresAt: Date
}

export interface OauthFlowStore {
  add(flow: OauthFlow): Promise<void>
  /** Removes and returns the flow, so that it is used once; null when it is unknown or expired. */
  take(stateHash: string, now: Date): Promise<OauthFlow | null>
  /** @returns how many were removed */
  removeExpired(now: Date, limit: number): Promise<number>
}

/** Google's and Microsoft's OAuth servers. */
export interface OauthClient {
  /** Providers with a client id and secret. */
  readonly configured: readonly CalendarProvider[]
  /**
   * Where the browser is sent to consent: PKCE (S256), offline access, for Google with the consent prompt, without which a
   * second consent would bring no refresh token.
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
