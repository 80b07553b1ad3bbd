import { createHash } from 'node:crypto'

const bytes = 32
const base64 = /^[A-Za-z0-9+/]{43}=?$/
const base64url = /^[A-Za-z0-9_-]{43}=?$/

/** One key of ENCRYPTION_KEYS. The id stands in sealed texts and messages and tells nothing about the key. */
export type EncryptionKey = { id: string; bytes: Buffer }

/** Reads 32 bytes in base64 or base64url, as `openssl rand -base64 32` prints them; null for anything else. */
export function readEncryptionKey(text: string): EncryptionKey | null {
  if (!base64.test(text) && !base64url.test(text)) return null
  const key = Buffer.from(text, 'base64')
  if (key.length !== bytes) return null
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), bytes: key }
}

/**
 * The keys of ENCRYPTION_KEYS by their ids, newest first.
 * @throws Error when a text is not a key, or two keys have the same id
 */
export function readKeyRing(keys: readonly string[]): ReadonlyMap<string, EncryptionKey> {
  const ring = new Map<string, EncryptionKey>()
  for (const text of keys) {
    const key = readEncryptionKey(text)
    if (!key) throw new Error('A key of ENCRYPTION_KEYS is not base64 of 32 bytes.')
    if (ring.has(key.id)) throw new Error(`Two keys of ENCRYPTION_KEYS have the same id, ${key.id}.`)
    ring.set(key.id, key)
  }
  return ring
}
