import { expect, test } from 'vitest'
import { readTokenSettings } from './config.ts'

const DATABASE_URL = 'postgresql://seer@db.example.test/seer'

test('the token commands need the encryption keys, and no settings of API or worker', () => {
  expect(() => readTokenSettings({ DATABASE_URL })).toThrow('ENCRYPTION_KEYS: is required')
  const ENCRYPTION_KEYS = Buffer.alloc(32, 'k').toString('base64')
  expect(readTokenSettings({ DATABASE_URL, ENCRYPTION_KEYS }).ENCRYPTION_KEYS).toEqual([ENCRYPTION_KEYS])
})

test('a wrong key is reported once', () => {
  expect(() => readTokenSettings({ DATABASE_URL, ENCRYPTION_KEYS: 'hunter2' })).toThrow(
    /^The configuration cannot be used:\n {2}ENCRYPTION_KEYS: must be 32 bytes each[^\n]*$/,
  )
})
