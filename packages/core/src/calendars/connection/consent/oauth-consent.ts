import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../../basics/clock.ts'
import { PermanentError } from '../../../basics/errors.ts'
import type { SecretCipher } from '../../../basics/secret-cipher.ts'
import type { CalendarProvider } from '../../../vendor/calendar-providers.ts'
import { type SetupDeps, type SetupOutcome, setUpCalendar } from '../setup-calendar.ts'
import type { OauthClient, OauthFlow, OauthFlowStore } from './oauth.ts'

type StartDeps = {
  flows: Pick<OauthFlowStore, 'add'>
  oauth: OauthClient
  cipher: Pick<SecretCipher, 'seal'>
  now: Clock
  /** The addresses that a browser may be sent back to. */
  allowedRedirects: readonly string[]
  /** Where the provider sends the browser: our callback. */
  redirectUri: string
}

export type ConsentRequest = {
  userId: string
  provider: CalendarProvider
  redirectUrl?: string
  rawCalendarId?: string
  loginHint?: string
  /** True when the browser itself asks. Then only this browser may finish the flow. */
  isBrowser: boolean
}

/** `browserKey` goes into a cookie. Null when the flow is not bound to a browser. */
export type StartedConsent = { authorizationUrl: string; browserKey: string | null; expiresAt: Date }

const flowLifeMs = 10 * 60_000
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const secret = () => randomBytes(32).toString('base64url')
const place = (stateHash: string) => `oauth_flows:${stateHash}:code_verifier`

/**
 * Starts the consent of a user to let Seer read a calendar.
 * @throws PermanentError OAUTH_REDIRECT_NOT_ALLOWED, CALENDAR_PROVIDER_NOT_CONFIGURED; RetryableError
 * OAUTH_SERVER_UNAVAILABLE
 */
export async function startConsent(deps: StartDeps, request: ConsentRequest): Promise<StartedConsent> {
  const { provider, redirectUrl = null, rawCalendarId = null, loginHint } = request
  if (redirectUrl !== null && !isAllowed(redirectUrl, deps.allowedRedirects)) {
    throw new PermanentError('OAUTH_REDIRECT_NOT_ALLOWED')
  }
  const [state, codeVerifier, browserKey] = [secret(), secret(), request.isBrowser ? secret() : null]
  const { redirectUri } = deps
  const authorizationUrl = await deps.oauth.authorizationUrl({ provider, state, codeVerifier, redirectUri, loginHint })
  const stateHash = hashOf(state)
  const createdAt = deps.now()
  const expiresAt = new Date(createdAt.getTime() + flowLifeMs)
  await deps.flows.add({
    stateHash,
    userId: request.userId,
    provider,
    codeVerifier: deps.cipher.seal(codeVerifier, place(stateHash)),
    redirectUrl,
    rawCalendarId,
    browserHash: browserKey && hashOf(browserKey),
    createdAt,
    expiresAt,
  })
  return { authorizationUrl, browserKey, expiresAt }
}

/** Whether an address is allowed: it equals an allowed one, or lies below it. Scheme, host and port must be equal. */
export function isAllowed(url: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(url)) return false
  const wanted = new URL(url)
  if (wanted.username || wanted.password) return false
  return allowed.some((each) => {
    const { origin, pathname } = new URL(each)
    const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
    return wanted.origin === origin && (wanted.pathname === pathname || wanted.pathname.startsWith(folder))
  })
}

export type ConsentCallback = {
  provider: CalendarProvider
  /** As the browser requested it, with the query. */
  callbackUrl: string
  /** From the cookie. */
  browserKey: string | null
}

/** How a callback ended. `redirectUrl` is set as soon as the flow is known to be ours. */
export type FinishedConsent = { redirectUrl: string | null } & ({ setup: SetupOutcome } | { error: unknown })

type FinishDeps = Omit<SetupDeps, 'cipher'> & {
  flows: Pick<OauthFlowStore, 'take'>
  oauth: OauthClient
  cipher: Pick<SecretCipher, 'seal' | 'open'>
  redirectUri: string
}

/**
 * Takes the provider's answer and connects the calendar for the user who began the flow. The first callback uses up the
 * flow, whatever its result. Never throws an error that the user can act on; such an error is in the result.
 */
export async function finishConsent(deps: FinishDeps, callback: ConsentCallback): Promise<FinishedConsent> {
  const state = new URL(callback.callbackUrl).searchParams.get('state')
  const flow = state === null ? null : await deps.flows.take(hashOf(state), deps.now())
  if (!flow || state === null || !isSameBrowser(flow, callback)) {
    return { redirectUrl: null, error: new PermanentError('OAUTH_STATE_INVALID') }
  }
  const { userId, provider, redirectUrl, rawCalendarId } = flow
  try {
    const codeVerifier = deps.cipher.open(flow.codeVerifier, place(flow.stateHash))
    const { callbackUrl } = callback
    const { redirectUri } = deps
    const { refreshToken } = await deps.oauth.exchange({ provider, callbackUrl, state, codeVerifier, redirectUri })
    const order = { userId, provider, refreshToken, rawCalendarId: rawCalendarId ?? undefined }
    return { redirectUrl, setup: await setUpCalendar(deps, order) }
  } catch (error) {
    return { redirectUrl, error }
  }
}

function isSameBrowser({ browserHash, provider }: OauthFlow, callback: ConsentCallback): boolean {
  if (provider !== callback.provider) return false
  return browserHash === null || (callback.browserKey !== null && hashOf(callback.browserKey) === browserHash)
}
