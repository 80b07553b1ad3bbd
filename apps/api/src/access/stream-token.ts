/** Tokens for browsers, which cannot send an API key with a stream. They are narrow, short-lived, and kept nowhere. */
import type { Clock } from '@seer/core/basics/clock'
import type { Caller } from '@seer/core/people/caller'
import type { TokenSigner } from '@seer/infra/crypto/open-token-signer'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Problem } from '../problems/problem.ts'
import type { FailedAttempts } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether `?token=` with a stream token does in place of an API key. */
    takesStreamToken?: boolean
  }
  interface FastifyRequest {
    /** The token that stands for the API key of this request. */
    streamToken: StreamToken | null
  }
}

const Claims = z.strictObject({
  userId: z.string(),
  userName: z.string(),
  /** The key that made the token. Requests count towards its limit. */
  apiKeyId: z.string(),
  all: z.boolean(),
  types: z.array(z.string()).nullable(),
  subject: z.string().nullable(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
})

/** What the holder of a token may read: the events of its user, or of all users; only of these types; only of this subject. */
export type StreamToken = z.output<typeof Claims>

/** The first part of each token, by which scanners of leaked secrets can know one. */
export const streamTokenPurpose = 'seer-stream'

export const signStreamToken = (signer: TokenSigner, token: StreamToken): string => signer.sign(JSON.stringify(token))

type Deps = { signer: TokenSigner | null; now: Clock }

/**
 * Finds the caller of a request with a token. An address that sends too many wrong tokens is refused.
 * A token is valid until it expires, also when its API key has been revoked meanwhile.
 * @throws Problem UNAUTHENTICATED, RATE_LIMITED
 */
export function createTokenAuthentication({ signer, now }: Deps, failures: FailedAttempts) {
  return async (request: FastifyRequest, token: string): Promise<Caller> => {
    const read = readToken(signer, token)
    if (typeof read !== 'string' && read.expiresAt > now().getTime()) {
      request.streamToken = read
      const { userId, userName, apiKeyId, all } = read
      return { userId, userName, apiKeyId, scopes: [all ? 'admin' : 'read'] }
    }
    await failures.count(request)
    const detail = typeof read === 'string' ? read : `The token expired at ${new Date(read.expiresAt).toISOString()}.`
    const headers = { 'www-authenticate': 'Bearer realm="seer"' }
    throw new Problem('UNAUTHENTICATED', { detail: `${detail} Get a new one from POST /stream-tokens.`, headers })
  }
}

/** @returns what the token says, or why it does not count */
function readToken(signer: TokenSigner | null, token: string): StreamToken | string {
  if (!signer) return 'This installation has no stream tokens, because its operator has not set ENCRYPTION_KEYS.'
  const signed = signer.verify(token)
  if (signed.outcome === 'signed') return Claims.parse(JSON.parse(signed.text))
  return sentences[signed.outcome]
}

const sentences = {
  malformed: 'The token is not a stream token, or not a whole one.',
  unknown_key: 'The token was made by another installation, or with a key that is no longer in ENCRYPTION_KEYS.',
  forged: 'The token was changed after it was made.',
}

/** The token in the query of a request, on routes that take one. */
export function streamTokenOf(request: FastifyRequest): string | null {
  if (!request.routeOptions.config.takesStreamToken) return null
  const { token } = request.query as { token?: unknown }
  return typeof token === 'string' ? token : null
}
