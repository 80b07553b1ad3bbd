import { randomBytes } from 'node:crypto'
import { SeerError } from '@seer/core/basics/errors'
import type { CalendarProvider } from '@seer/core/vendor/calendar-providers'
import { openOauthClient } from '../../src/oauth/open-oauth-client.ts'

export const credentials = { clientId: 'test-client', clientSecret: 'not-a-secret' }
export const redirectUri = 'http://localhost:3001/api/meetingbaas/calendar/oauth/google/callback'

type Options = { clientSecret?: string; timeoutMs?: number; allowHttp?: boolean }

/** A client that takes this server for Google and Microsoft. */
export function clientFor(issuer: string, { clientSecret, timeoutMs, allowHttp = false }: Options = {}) {
  const client = { ...credentials, clientSecret: clientSecret ?? credentials.clientSecret }
  return openOauthClient({
    clients: { google: client, microsoft: { ...client, tenantId: 'common' } },
    issuers: { google: issuer, microsoft: issuer },
    allowHttp,
    timeoutMs,
  })
}

/** A new consent flow. */
export const newFlow = (provider: CalendarProvider = 'google') => ({
  provider,
  state: randomBytes(16).toString('base64url'),
  codeVerifier: randomBytes(32).toString('base64url'),
  redirectUri,
})

/** The error of an attempt that must fail. */
export async function failure(work: Promise<unknown>): Promise<SeerError> {
  const error = await work.then(
    () => new Error('It succeeded.'),
    (reason: unknown) => reason,
  )
  if (error instanceof SeerError) return error
  throw error
}
