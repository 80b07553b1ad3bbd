import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { type EncryptionKey, readKeyRing } from './encryption-key.ts'

export type SignedText =
  | { outcome: 'signed'; text: string }
  /** Not in the form of a token; signed with a key that is not here; or changed after it was signed. */
  | { outcome: 'malformed' | 'unknown_key' | 'forged' }

/** Signs texts, so that they can be handed out and be known again. Everybody can read them. */
export type TokenSigner = {
  sign(text: string): string
  verify(token: string): SignedText
}

/**
 * HMAC-SHA256 with keys that are made from those of ENCRYPTION_KEYS. The first signs, all verify. A token is
 * `<purpose>.<key id>.<text>.<signature>` in base64url.
 * @param purpose stands at the beginning of each token. Tokens of other purposes are not accepted.
 * @throws Error when there is no key, or one is not a key
 */
export function openTokenSigner(keys: readonly string[], purpose: string): TokenSigner {
  const ring = new Map([...readKeyRing(keys)].map(([id, key]) => [id, derived(key, purpose)]))
  const [newest] = ring
  if (!newest) throw new Error('Tokens cannot be signed without ENCRYPTION_KEYS.')
  const [newestId, newestKey] = newest
  return {
    sign(text) {
      const signed = `${purpose}.${newestId}.${Buffer.from(text).toString('base64url')}`
      return `${signed}.${signatureOf(newestKey, signed).toString('base64url')}`
    },
    verify(token) {
      const [name, id, text, signature, ...more] = token.split('.')
      if (name !== purpose || !id || !text || !signature || more.length > 0) return { outcome: 'malformed' }
      const key = ring.get(id)
      if (!key) return { outcome: 'unknown_key' }
      const expected = signatureOf(key, `${name}.${id}.${text}`)
      const given = Buffer.from(signature, 'base64url')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { outcome: 'forged' }
      return { outcome: 'signed', text: Buffer.from(text, 'base64url').toString('utf8') }
    },
  }
}

/** A key of its own, so that nothing that is signed here tells anything about what is sealed with the same key. */
function derived({ bytes }: EncryptionKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, '', `seer ${purpose}`, 32))
}

function signatureOf(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
