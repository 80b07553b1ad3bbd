import { PermanentError } from '@seer/core/basics/errors'
import { describe, expect, test } from 'vitest'
import { openSecretCipher } from './open-secret-cipher.ts'

/** Visibly fake keys: 32 bytes of one letter each. */
const key = (letter: string) => Buffer.alloc(32, letter).toString('base64')
const [oldKey, newKey] = [key('a'), key('b')]
const place = 'calendar_integrations:i-1:refresh_token'
const token = 'not-a-real-refresh-token'

function refusal(work: () => unknown): PermanentError {
  try {
    work()
  } catch (error) {
    if (error instanceof PermanentError && error.code === 'TOKEN_NOT_READABLE') return error
    throw error
  }
  throw new Error('It was opened.')
}

describe('token cipher', () => {
  const cipher = openSecretCipher([newKey, oldKey])

  test.each(['', token, 'ü 🗓️', 'x'.repeat(10_000)])('opens what it sealed (%#)', (secret) => {
    expect(cipher.open(cipher.seal(secret, place), place)).toBe(secret)
  })

  test('seals the same secret differently each time, and shows none of it', () => {
    const [first, second] = [cipher.seal(token, place), cipher.seal(token, place)]
    expect(first).not.toBe(second)
    expect(first).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]{22}\.[\w-]+$/)
    expect(first).not.toContain(token)
  })

  test('does not open a secret in another place', () => {
    const elsewhere = 'calendar_integrations:i-2:refresh_token'
    expect(refusal(() => cipher.open(cipher.seal(token, place), elsewhere)).message).toContain('belongs elsewhere')
  })

  test('refuses a text with one changed character, whichever it is', () => {
    const sealed = cipher.seal('s', place)
    // The last characters of each part matter, too: there base64 has bits that belong to no byte.
    for (let i = 0; i < sealed.length; i++) {
      for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.') {
        if (letter === sealed[i]) continue
        refusal(() => cipher.open(sealed.slice(0, i) + letter + sealed.slice(i + 1), place))
      }
    }
  })

  test('refuses an empty text', () => {
    expect(refusal(() => cipher.open('', place)).message).toContain('not in the form')
  })

  test.each([
    token,
    'v1',
    'v2.00000000.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.AA',
    'v1.00000000.AAAA.AAAAAAAAAAAAAAAAAAAAAA.AA',
  ])('refuses a text that it did not make, without repeating the text (%#)', (text) => {
    const { message } = refusal(() => cipher.open(text, place))
    expect(message).toContain('not in the form')
    expect(message).not.toContain(text)
  })

  test('says which key is missing', () => {
    const sealed = openSecretCipher([oldKey]).seal(token, place)
    const { message } = refusal(() => openSecretCipher([newKey]).open(sealed, place))
    expect(message).toContain(sealed.split('.')[1])
    expect(message).not.toContain(sealed)
  })

  test('seals with the first key and opens with every key', () => {
    const before = openSecretCipher([oldKey])
    const sealed = before.seal(token, place)
    expect(cipher.open(sealed, place)).toBe(token)
    expect([before.isStale(sealed), cipher.isStale(sealed)]).toEqual([false, true])
    const again = cipher.seal(token, place)
    expect(cipher.isStale(again)).toBe(false)
    expect([again.startsWith(cipher.sealedPrefix), sealed.startsWith(cipher.sealedPrefix)]).toEqual([true, false])
  })

  test('treats a key in base64 and in base64url as the same key', () => {
    const bytes = Buffer.alloc(32, 0xfb)
    const sealed = openSecretCipher([bytes.toString('base64')]).seal(token, place)
    expect(openSecretCipher([bytes.toString('base64url')]).open(sealed, place)).toBe(token)
  })

  test.each([[['too short']], [[oldKey, oldKey]]])('refuses keys that cannot be used (%#)', (keys) => {
    expect(() => openSecretCipher(keys)).toThrow(/ENCRYPTION_KEYS/)
  })

  test('neither seals nor opens without keys', () => {
    const none = openSecretCipher([])
    expect(() => none.seal(token, place)).toThrow('ENCRYPTION_KEYS')
    expect(refusal(() => none.open(cipher.seal(token, place), place)).message).toContain('is not in ENCRYPTION_KEYS')
  })
})
