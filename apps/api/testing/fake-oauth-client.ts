import { createHash, randomUUID } from 'node:crypto'
import { PermanentError } from '@seer/core/basics/errors'
import type { OauthClient } from '@seer/core/calendars/connection/consent/oauth'
import { type CalendarProvider, calendarProviders } from '@seer/core/vendor/calendar-providers'

const challengeOf = (codeVerifier: string) => createHash('sha256').update(codeVerifier).digest('base64url')

/** Google's and Microsoft's OAuth servers without a network: codes are given by `consent` and are good once. */
export function fakeOauthClient() {
  const codes = new Map<string, { challenge: string; refreshToken: string }>()
  const state = { configured: calendarProviders as readonly CalendarProvider[], fails: null as Error | null }
  const client: OauthClient = {
    get configured() {
      return state.configured
    },
    async authorizationUrl({ provider, state: flow, codeVerifier, redirectUri, loginHint = '' }) {
      if (state.fails) throw state.fails
      const challenge = challengeOf(codeVerifier)
      const query = new URLSearchParams({ state: flow, challenge, redirectUri, loginHint })
      return `https://${provider}.example/consent?${query}`
    },
    async exchange({ callbackUrl, codeVerifier }) {
      if (state.fails) throw state.fails
      const { searchParams } = new URL(callbackUrl)
      if (searchParams.has('error')) throw new PermanentError('OAUTH_DENIED')
      const code = searchParams.get('code') ?? ''
      const given = codes.get(code)
      codes.delete(code)
      if (given?.challenge !== challengeOf(codeVerifier)) throw new PermanentError('OAUTH_CODE_REFUSED')
      return { refreshToken: given.refreshToken }
    },
  }
  /** The user agrees; @returns the path and query that the browser is sent to. */
  function consent(authorizationUrl: string, refreshToken: string): string {
    const { searchParams } = new URL(authorizationUrl)
    const code = randomUUID()
    codes.set(code, { challenge: searchParams.get('challenge') ?? '', refreshToken })
    return callback(searchParams, { code })
  }
  /** The user does not. */
  function deny(authorizationUrl: string): string {
    return callback(new URL(authorizationUrl).searchParams, { error: 'access_denied' })
  }
  return { client, state, consent, deny }
}

function callback(asked: URLSearchParams, answer: Record<string, string>): string {
  const query = new URLSearchParams({ state: asked.get('state') ?? '', ...answer })
  return `${new URL(asked.get('redirectUri') ?? '').pathname}?${query}`
}
