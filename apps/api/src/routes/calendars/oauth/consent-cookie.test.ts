import { expect, test } from 'vitest'
import { browserKeyOf, clearedConsentCookie, consentCookie } from './consent-cookie.ts'

const name = consentCookie('state', 'key', 'https://seer.example/cb').split('=')[0] ?? ''

test('goes to the callback alone, over HTTPS where the API has that', () => {
  expect(name).toMatch(/^seer_consent_[0-9a-f]{16}$/)
  const rest = 'Max-Age=600; HttpOnly; SameSite=Lax'
  expect(consentCookie('state', 'key', 'https://seer.example/cb')).toBe(`${name}=key; Path=/cb; ${rest}; Secure`)
  expect(consentCookie('state', 'key', 'http://localhost:3001/seer/cb')).toBe(`${name}=key; Path=/seer/cb; ${rest}`)
  expect(clearedConsentCookie('state', 'http://localhost/cb')).toContain(`${name}=; Path=/cb; Max-Age=0`)
})

test('is found among others', () => {
  expect(browserKeyOf('state', `a=1; x${name}=2;${name}=key; b=${name}=3`)).toBe('key')
  expect(browserKeyOf('state', `${name}=`)).toBe('')
  expect(browserKeyOf('other', `${name}=key`)).toBeNull()
  expect(browserKeyOf('state', undefined)).toBeNull()
})
