import { createHmac, randomBytes } from 'node:crypto'

/**
 * Signs a message like Svix (scheme v1): base64 of HMAC-SHA256 over `id.timestamp.body`. The key is the base64-decoded
 * part of the secret after `whsec_`. `timestamp` is unix seconds of the real clock. Several secrets, as during a
 * rotation, give several signatures separated by spaces.
 */
export function signMessage(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  const signed = `${id}.${timestamp}.${body}`
  return secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`).join(' ')
}

/** True for `whsec_` followed by base64. */
export function isWebhookSecret(text: string): boolean {
  return /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(text)
}

export function createWebhookSecret(): string {
  return `whsec_${randomBytes(24).toString('base64')}`
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice('whsec_'.length), 'base64')
}
