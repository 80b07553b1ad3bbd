import { expect, test } from 'vitest'
import { problemOfHeaders } from './own-headers.ts'

test('headers of the customer pass', () => {
  expect(problemOfHeaders({ authorization: 'Bearer a b', 'x-tenant': 'acme', 'x.y~z': '1' })).toBeNull()
  expect(problemOfHeaders({})).toBeNull()
})

test.each([
  'content-type',
  'content-length',
  'host',
  'webhook-id',
  'webhook-signature',
  'webhook-anything',
  'connection',
  'transfer-encoding',
  'user-agent',
  'te',
])('%s is set by Seer, or belongs to the connection', (name) => {
  expect(problemOfHeaders({ name: 'ok', [name]: 'x' })).toEqual({
    name,
    message: 'is a header that Seer sets itself; leave it out',
  })
})

test.each([
  ['a name with a space', 'x y', 'v', /name of a header/],
  ['a name with a line break', 'x\r\ny', 'v', /name of a header/],
  ['an empty name', '', 'v', /name of a header/],
  ['a value with a line break', 'x', 'a\r\nb: c', /visible ASCII/],
  ['an empty value', 'x', '', /visible ASCII/],
  ['a value that begins with a space', 'x', ' a', /visible ASCII/],
  ['a value of other letters', 'x', 'é', /visible ASCII/],
  ['a long value', 'x', 'a'.repeat(2_001), /longer than 2000/],
])('%s is refused', (_name, header, value, message) => {
  expect(problemOfHeaders({ [header]: value })?.message).toMatch(message)
})

test('more than 20 are refused', () => {
  const many = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`x-${i}`, 'v']))
  expect(problemOfHeaders(many)).toEqual({ name: '', message: 'must not be more than 20' })
})
