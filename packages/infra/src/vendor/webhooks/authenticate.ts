import { createHash, timingSafeEqual } from 'node:crypto'
import type { WebhookRequest, WebhookSender } from '@seer/core/vendor/webhook-reader'
import type { SignedHeaders, SvixVerifier } from './svix-signature.ts'

type Headers = WebhookRequest['headers']

export type Proofs = {
  svix: SvixVerifier
  /** Checks `x-mb-secret` of callbacks. */
  isCallbackSecret: (text: string) => boolean
  /** Checks `x-meeting-baas-api-key` of v1: the vendor sends us our own key. */
  isApiKey: (text: string) => boolean
}

/**
 * Checks only the first proof that a request has: signature, then callback secret, then API key. If it fails, no other
 * proof is tried. So a request with a broken signature is refused even when it also carries a right secret.
 */
export function authenticate(proofs: Proofs, { headers, body }: WebhookRequest, now: Date): WebhookSender | null {
  const prefix = signaturePrefix(headers)
  if (prefix) {
    const signed = signedHeaders(headers, prefix)
    return signed && proofs.svix.verify(signed, body, now) ? { scheme: 'svix', messageId: signed.id } : null
  }
  for (const name of ['x-mb-secret', 'x-mb-alert-secret']) {
    if (headers[name] === undefined) continue
    const secret = single(headers, name)
    return secret !== null && proofs.isCallbackSecret(secret) ? { scheme: 'callback_secret', messageId: null } : null
  }
  const key = single(headers, 'x-meeting-baas-api-key')
  return key !== null && proofs.isApiKey(key) ? { scheme: 'api_key', messageId: null } : null
}

/** The message id that a request claims, for installations that do not verify. */
export function claimedMessageId({ headers }: WebhookRequest): string | null {
  const prefix = signaturePrefix(headers)
  const id = prefix && single(headers, `${prefix}-id`)
  return id && isMessageId(id) ? id : null
}

/** Checks in constant time whether a text is one of the secrets. Empty secrets match nothing. */
export function createSecretCheck(secrets: readonly string[]): (text: string) => boolean {
  const digests = secrets.filter((secret) => secret !== '').map(digest)
  return (text) => {
    const given = digest(text)
    let found = false
    for (const known of digests) if (timingSafeEqual(given, known)) found = true
    return found
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Svix names its headers `svix-…`, the standard built on it `webhook-…`. A request uses one of the two. */
function signaturePrefix(headers: Headers): 'svix' | 'webhook' | null {
  for (const prefix of ['svix', 'webhook'] as const) {
    if (['id', 'timestamp', 'signature'].some((part) => headers[`${prefix}-${part}`] !== undefined)) return prefix
  }
  return null
}

function signedHeaders(headers: Headers, prefix: string): SignedHeaders | null {
  const id = single(headers, `${prefix}-id`)
  const timestamp = single(headers, `${prefix}-timestamp`)
  const signature = single(headers, `${prefix}-signature`)
  if (id === null || timestamp === null || signature === null || !isMessageId(id)) return null
  return { id, timestamp, signature }
}

/** A header that came exactly once. Node joins repeated headers with a comma, and no secret and no id has a comma. */
function single(headers: Headers, name: string): string | null {
  const value = headers[name]
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : null
}

/** Ids are stored and logged. Visible ASCII without a comma keeps out line breaks and joined headers. */
function isMessageId(text: string): boolean {
  return /^[\x21-\x2b\x2d-\x7e]{1,255}$/.test(text)
}
