import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { PermanentError } from '@seer/core/basics/errors'
import type { SecretCipher } from '@seer/core/basics/secret-cipher'
import { type EncryptionKey, readKeyRing } from './encryption-key.ts'

const version = 'v1'
const algorithm = 'aes-256-gcm'
/** The length that NIST SP 800-38D recommends for GCM, and its longest tag. */
const ivBytes = 12
const authTagLength = 16

type Sealed = { keyId: string; iv: Buffer; tag: Buffer; text: Buffer }

/** `sealedPrefix` begins each text that the newest key sealed, so the database can find the texts of older keys. */
export type KeyedSecretCipher = SecretCipher & { readonly sealedPrefix: string }

/**
 * AES-256-GCM. The first key seals, all keys open. A sealed text is `v1.<key id>.<iv>.<tag>.<ciphertext>` in base64url.
 * Its place is authenticated, so it cannot be moved to another row. A random 96-bit iv is safe for 2^32 texts with one
 * key, far more than there are tokens.
 * @param keys of ENCRYPTION_KEYS, newest first; without any, nothing can be sealed or opened
 * @throws Error when a text is not a key, or two keys have the same id
 */
export function openSecretCipher(keys: readonly string[]): KeyedSecretCipher {
  const ring = readKeyRing(keys)
  const [newest] = ring.values()
  const sealedPrefix = `${version}.${newest?.id ?? ''}.`
  return {
    sealedPrefix,
    seal(secret, place) {
      if (!newest) throw new Error('A token cannot be stored without ENCRYPTION_KEYS.')
      return sealedPrefix + seal(newest, secret, place)
    },
    open: (sealed, place) => open(ring, sealed, place),
    isStale: (sealed) => !sealed.startsWith(sealedPrefix),
  }
}

function seal({ bytes }: EncryptionKey, secret: string, place: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, bytes, iv, { authTagLength }).setAAD(Buffer.from(place))
  const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
  return [iv, cipher.getAuthTag(), text].map((part) => part.toString('base64url')).join('.')
}

function open(ring: ReadonlyMap<string, EncryptionKey>, sealed: string, place: string): string {
  const { keyId, iv, tag, text } = parse(sealed)
  const key = ring.get(keyId)
  if (!key) throw notReadable(`Key ${keyId}, with which it was sealed, is not in ENCRYPTION_KEYS.`)
  const decipher = createDecipheriv(algorithm, key.bytes, iv, { authTagLength }).setAAD(Buffer.from(place))
  try {
    return Buffer.concat([decipher.setAuthTag(tag).update(text), decipher.final()]).toString('utf8')
  } catch {
    throw notReadable('It was changed, or belongs elsewhere.')
  }
}

function parse(sealed: string): Sealed {
  const match = /^v1\.([0-9a-f]{8})\.([\w-]{16})\.([\w-]{22})\.([\w-]*)$/.exec(sealed)
  const [keyId = '', ...parts] = match?.slice(1) ?? []
  const [iv, tag, text] = parts.map((part) => Buffer.from(part, 'base64url'))
  // Base64 can spell the same bytes in several ways. Only ours is accepted, so that every change to a text is noticed.
  const isOurs = [iv, tag, text].every((part, i) => part?.toString('base64url') === parts[i])
  if (!match || !iv || !tag || !text || !isOurs) throw notReadable('It is not in the form in which tokens are stored.')
  return { keyId, iv, tag, text }
}

/** Never repeats the text: it may be a token that was stored unsealed. */
function notReadable(why: string): PermanentError {
  return new PermanentError('TOKEN_NOT_READABLE', { detail: `A stored token cannot be opened. ${why}` })
}
