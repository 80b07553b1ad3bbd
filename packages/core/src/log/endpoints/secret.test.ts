import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { keyOf, makeSecret, problemOfSecret } from './secret.ts'

test('a secret that Seer makes has 32 random bytes, and would be accepted from a customer', () => {
  const secret = makeSecret()
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  expect(keyOf(secret)).toHaveLength(32)
  expect(problemOfSecret(secret)).toBeNull()
  expect(makeSecret()).not.toBe(secret)
})

const ofBytes = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`

test.each([24, 33, 64])('a secret of %i bytes will do', (bytes) => {
  expect(problemOfSecret(ofBytes(bytes))).toBeNull()
})

test.each([
  ['23 bytes', ofBytes(23)],
  ['65 bytes', ofBytes(65)],
  ['nothing', ''],
  ['only the prefix', 'whsec_'],
  ['no prefix', randomBytes(32).toString('base64')],
  ['the prefix of a private key', `whsk_${randomBytes(32).toString('base64')}`],
  ['base64url', `whsec_${'-_'.repeat(22)}`],
  ['base64 without its end', ofBytes(32).replace(/=+$/, '')],
  ['spaces', `${ofBytes(32)} `],
])('%s will not', (_name, secret) => {
  expect(problemOfSecret(secret)).toMatch(/must be whsec_ and base64 of 24 to 64 bytes/)
})
