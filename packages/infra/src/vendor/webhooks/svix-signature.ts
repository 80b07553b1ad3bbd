import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'

/** The three headers of a signed message, from `svix-…` or `webhook-…` names. */
export type SignedHeaders = { id: string; timestamp: string; signature: string }

/** Verifies signatures of the Svix scheme v1 (also named Standard Webhooks). */
export type SvixVerifier = { verify(headers: SignedHeaders, body: Buffer, now: Date): boolean }

/** The official libraries also accept messages signed up to 5 minutes ago, or ahead. */
const toleranceSeconds = 300
/** A longer list is not a key rotation. */
const mostSignatures = 16

/**
 * Prepares the keys once. It uses node:crypto because the `standardwebhooks` package reads the system clock, parses the
 * body as JSON, and decodes the secret for each message.
 * @param secrets as the vendor shows them, `whsec_` and base64; several during a rotation
 * @throws Error when a secret is not base64; the message does not show it
 */
export function createSvixVerifier(secrets: readonly string[]): SvixVerifier {
  const keys = secrets.map(keyOf)
  return {
    verify(headers, body, now) {
      if (!isTimely(headers.timestamp, now)) return false
      const signatures = candidatesIn(headers.signature)
      return signatures.length > 0 && keys.some((key) => matches(key, headers, body, signatures))
    },
  }
}

function keyOf(secret: string): KeyObject {
  const base64 = secret.replace(/^whsec_/, '')
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length === 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new Error('A webhook secret is not of the form whsec_ followed by base64.')
  }
  return createSecretKey(bytes)
}

function isTimely(timestamp: string, now: Date): boolean {
  if (!/^\d{1,11}$/.test(timestamp)) return false
  return Math.abs(Math.floor(now.getTime() / 1_000) - Number(timestamp)) <= toleranceSeconds
}

/** The `v1` entries of a list such as `v1,abc= v1,def= v1a,ghi=`. Seer checks no other version. */
function candidatesIn(list: string): Buffer[] {
  const entries = list.split(' ', mostSignatures + 1)
  if (entries.length > mostSignatures) return []
  return entries.filter((entry) => entry.startsWith('v1,')).map((entry) => Buffer.from(entry.slice(3), 'latin1'))
}

function matches(key: KeyObject, { id, timestamp }: SignedHeaders, body: Buffer, signatures: Buffer[]): boolean {
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  const bytes = Buffer.from(expected, 'latin1')
  return signatures.some((signature) => signature.length === bytes.length && timingSafeEqual(signature, bytes))
}
