import { expect, test } from 'vitest'
import { openTokenSigner } from './open-token-signer.ts'

/** Visibly fake keys: 32 bytes of one letter each. */
const key = (letter: string) => Buffer.alloc(32, letter).toString('base64')
const [oldKey, newKey] = [key('a'), key('b')]
const signer = openTokenSigner([newKey, oldKey], 'seer-stream')
const text = '{"userId":"ünes"}'

test('what was signed is known again, and no other purpose accepts it', () => {
  const token = signer.sign(text)
  expect(token).toMatch(/^seer-stream\.[0-9a-f]{8}\.[\w-]+\.[\w-]{43}$/)
  expect(signer.verify(token)).toEqual({ outcome: 'signed', text })
  const other = openTokenSigner([newKey], 'seer-other')
  expect(other.verify(token)).toEqual({ outcome: 'malformed' })
  expect(other.verify(token.replace('seer-stream', 'seer-other'))).toEqual({ outcome: 'forged' })
})

test('the first key signs, and tokens of older keys are valid as long as the key is there', () => {
  const before = openTokenSigner([oldKey], 'seer-stream').sign(text)
  expect(signer.verify(before)).toEqual({ outcome: 'signed', text })
  const after = openTokenSigner([newKey], 'seer-stream')
  expect(after.verify(before)).toEqual({ outcome: 'unknown_key' })
  expect(after.verify(signer.sign(text))).toEqual({ outcome: 'signed', text })
})

test('another text under the same signature is forged', () => {
  const [purpose, id, , signature] = signer.sign(text).split('.')
  const other = Buffer.from('{"userId":"bo"}').toString('base64url')
  expect(signer.verify([purpose, id, other, signature].join('.'))).toEqual({ outcome: 'forged' })
  expect(signer.verify([purpose, id, other, 'AAAA'].join('.'))).toEqual({ outcome: 'forged' })
})

test.each(['', 'seer-stream', 'seer-stream...', 'seer-stream.a.b', 'seer-stream.a.b.c.d', 'seer_abc'])(
  '%j is not in the form of a token',
  (token) => {
    expect(signer.verify(token)).toEqual({ outcome: 'malformed' })
  },
)

test('there is no signer without keys', () => {
  expect(() => openTokenSigner([], 'seer-stream')).toThrow('ENCRYPTION_KEYS')
})
