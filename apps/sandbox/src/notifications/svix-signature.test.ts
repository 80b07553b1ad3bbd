import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { signMessage } from './svix-signature.ts'

const vector = JSON.parse(readFileSync(new URL('../../testing/svix-signature-vector.json', import.meta.url), 'utf8'))

test('signs the published vector', () => {
  const { headers, raw_body, secret } = vector
  const signature = signMessage([secret], headers['svix-id'], Number(headers['svix-timestamp']), raw_body)
  expect(signature).toBe(headers['svix-signature'])
})

test('signs with every secret during a rotation', () => {
  const { headers, raw_body, secret } = vector
  const other = 'whsec_c2FuZGJveC1zZWNyZXQ='
  const signature = signMessage([other, secret], headers['svix-id'], Number(headers['svix-timestamp']), raw_body)
  const [first, second] = signature.split(' ')
  expect(second).toBe(headers['svix-signature'])
  expect(first).not.toBe(second)
})
