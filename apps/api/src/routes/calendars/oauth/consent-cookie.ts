/** The cookie that ties a consent to the browser in which it began. */
import { createHash } from 'node:crypto'

/** A consent may take as long: `flowLifeMs` in core/calendars/connection/oauth-consent.ts. */
const lifeSeconds = 600

/** Each consent has its own name, so that two in one browser do not overwrite each other. It does not reveal the state. */
function nameOf(state: string): string {
  return `seer_consent_${createHash('sha256').update(state).digest('hex').slice(0, 16)}`
}

/** For `Set-Cookie`: only the callback gets it, only over HTTPS where the API has that, and no script. */
export function consentCookie(state: string, browserKey: string, redirectUri: string): string {
  return cookie(`${nameOf(state)}=${browserKey}`, lifeSeconds, redirectUri)
}

/** For `Set-Cookie`: removes it. */
export function clearedConsentCookie(state: string, redirectUri: string): string {
  return cookie(`${nameOf(state)}=`, 0, redirectUri)
}

/** The key that the browser brings back, from its `Cookie` header. */
export function browserKeyOf(state: string, header: string | undefined): string | null {
  const start = `${nameOf(state)}=`
  const found = header?.split(';').find((pair) => pair.trimStart().startsWith(start))
  return found?.trim().slice(start.length) ?? null
}

function cookie(pair: string, maxAge: number, redirectUri: string): string {
  const { pathname, protocol } = new URL(redirectUri)
  // Lax: the provider sends the browser here from its own site, with a plain link.
  const attributes = [`Path=${pathname}`, `Max-Age=${maxAge}`, 'HttpOnly', 'SameSite=Lax']
  return [pair, ...attributes, ...(protocol === 'https:' ? ['Secure'] : [])].join('; ')
}
