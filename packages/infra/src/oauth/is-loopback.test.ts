import { expect, test } from 'vitest'
import { isLoopback } from './is-loopback.ts'

test.each([
  'http://localhost:3100',
  'http://sandbox.localhost/oauth',
  'http://127.0.0.1:1',
  'http://127.1',
  'http://[::1]:8080',
])('%s leads to this machine', (url) => expect(isLoopback(url)).toBe(true))

test.each([
  'http://accounts.example.test',
  'http://localhost.example.test',
  'http://notlocalhost',
  'http://127.0.0.1.example.test',
  'http://10.0.0.1',
  'http://localhost@example.test',
])('%s leads elsewhere', (url) => expect(isLoopback(url)).toBe(false))
