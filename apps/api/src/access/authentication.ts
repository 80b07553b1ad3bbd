import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '@seer/core/basics/clock'
import { type ApiKeyStore, authenticateApiKey, hashApiKey } from '@seer/core/people/api-keys'
import { type Caller, mayDo, type Scope } from '@seer/core/people/caller'
import type { FastifyRequest } from 'fastify'
import { Problem } from '../problems/problem.ts'
import { openCallerCache } from './caller-cache.ts'
import type { FailedAttempts } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who makes the request; null on public routes. */
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** The scope that a key must have, or `public` when no key is needed. Every route of the API says one of them. */
    access?: Scope | 'public'
  }
}

/** @throws Problem UNAUTHENTICATED, RATE_LIMITED; RetryableError when the database is down */
export type Authenticate<Key = string | null> = (request: FastifyRequest, key: Key) => Promise<Caller>

type Deps = {
  keys: Pick<ApiKeyStore, 'findCaller' | 'touch'>
  now: Clock
}

/** Finds the caller of a request by its key. An address that sends too many wrong keys is refused. */
export function createAuthentication(deps: Deps, failures: FailedAttempts): Authenticate {
  const cache = openCallerCache(deps.now)
  return async (request, key) => {
    const hash = key === null ? null : hashApiKey(key)
    const known = hash && cache.fresh(hash)
    if (known) return known
    const caller = hash && key ? await check(request, hash, key) : null
    if (caller) return caller
    await failures.count(request)
    const headers = { 'www-authenticate': 'Bearer realm="seer"' }
    throw new Problem('UNAUTHENTICATED', { detail: whyUnknown(request.headers, key), headers })
  }

  async function check(request: FastifyRequest, hash: string, key: string): Promise<Caller | null> {
    // Somebody may be guessing keys from the same address. A key that has been right before must still work.
    if (!cache.isKnown(hash)) await failures.refuseAboveLimit(request)
    return await cache.check(hash, () => authenticateApiKey(deps, key))
  }
}

function whyUnknown({ authorization }: IncomingHttpHeaders, key: string | null): string {
  if (key !== null) return 'The API key is not valid: it is unknown or incomplete, was revoked, or has expired.'
  const howTo = 'Send your API key as `Authorization: Bearer seer_…` or as `X-Api-Key: seer_…`.'
  if (authorization === undefined) return `The request carries no API key. ${howTo}`
  return `The Authorization header does not have the form \`Bearer seer_…\`. ${howTo}`
}

/** @throws Problem FORBIDDEN */
export function demandScope(caller: Caller, scope: Scope): void {
  if (mayDo(caller, scope)) return
  throw new Problem('FORBIDDEN', { detail: `This needs an API key with the scope "${scope}".` })
}

/** Who makes a request on a route that needs a key. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new Error('This route is public; it has no caller.')
  return caller
}
