/** The cookie that ties a consent to the browser in which it began. */
import { createHash } from 'node:crypto'
import type { CookieSerializeOptions } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A consent may take as long: `flowLifeMs` in core/calendars/connection/consent/oauth-consent.ts. */
const lifeSeconds = 600

/**
 * Each consent has its own name, so that two in one browser do not overwrite each other. It does not reveal the state.
 */
function nameOf(state: string): string {
  return `seer_consent_${createHash('sha256').update(state).digest('hex').slice(0, 16)}`
}

/** Gives the browser the key of its consent. */
export function setConsentCookie(reply: FastifyReply, state: string, browserKey: string, redirectUri: string): void {
  void reply.setCookie(nameOf(state), browserKey, { ...attributesFor(redirectUri), maxAge: lifeSeconds })
}

/** Takes the key from the browser, if it brought one. */
export function clearConsentCookie(reply: FastifyReply, state: string, redirectUri: string): void {
  if (browserKeyOf(reply.request, state) === null) return
  void reply.setCookie(nameOf(state), '', { ...attributesFor(redirectUri), maxAge: 0 })
}

/** The key that the browser brings back. */
export function browserKeyOf({ cookies }: FastifyRequest, state: string): string | null {
  return cookies[nameOf(state)] ?? null
}

/** Sent only to the callback, never readable by scripts, and only over HTTPS if the API has HTTPS. */
function attributesFor(redirectUri: string): CookieSerializeOptions {
  const { pathname, protocol } = new URL(redirectUri)
  // Lax: the provider sends the browser here from its own site, with a plain link.
  return { path: pathname, httpOnly: true, sameSite: 'lax', secure: protocol === 'https:' }
}
