import { randomBytes } from 'node:crypto'

/** Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme" */
const prefix = 'whsec_'
const bytesMade = 32
const bytesAtLeast = 24
const bytesAtMost = 64

/** How long the old secret signs after a rotation. */
export const overlapMs = 24 * 3_600_000

/** Makes a secret for signatures. */
export function makeSecret(): string {
  return prefix + randomBytes(bytesMade).toString('base64')
}

/** What is wrong with a secret that a customer brings; null when it will do. */
export function problemOfSecret(secret: string): string | null {
  const form = `must be ${prefix} and base64 of ${bytesAtLeast} to ${bytesAtMost} bytes`
  if (!secret.startsWith(prefix)) return form
  const bytes = keyOf(secret)
  // Base64 that is not spelled as usual would be read differently by other libraries.
  if (bytes.toString('base64') !== secret.slice(prefix.length)) return form
  return bytes.length >= bytesAtLeast && bytes.length <= bytesAtMost ? null : form
}

/** The bytes that sign. */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64')
}
