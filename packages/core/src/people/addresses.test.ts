import { describe, expect, test } from 'vitest'
import { domainOf, domainSet, hasDomain, isDomain, isEmail, normaliseDomain } from './addresses.ts'
import { isFreeMail } from './free-mail.ts'
import { normaliseEmail } from './read-address.ts'

test.each([
  [' @Acme.COM ', 'acme.com'],
  ['acme.com.', 'acme.com'],
  ['*.Acme.com', '*.acme.com'],
  ['*@acme.com', 'acme.com'],
  ['https://acme.com', 'acme.com'],
  ['https://*.acme.com/', '*.acme.com'],
  ['ａｃｍｅ．ｃｏｍ\u200b', 'acme.com'],
  ['münchen.de', 'xn--mnchen-3ya.de'],
  ['MÜNCHEN.de', 'xn--mnchen-3ya.de'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
])('the domain %s becomes %s', (text, domain) => {
  expect(normaliseDomain(text)).toBe(domain)
  expect(isDomain(normaliseDomain(text))).toBe(true)
})

test.each([
  [''],
  ['acme'],
  ['acme..com'],
  ['-acme.com'],
  ['acme.com/x'],
  ['http://acme.com/x'],
  ['a@acme.com'],
  ['acme.com:80'],
  ['10.0.0.1'],
  ['*.com'],
  ['*'],
  ['*acme.com'],
  ['a.*.com'],
  ['münchen.de/x'],
  [`${'a'.repeat(64)}.com`],
  [`${'a.'.repeat(130)}com`],
])('%s is not a domain', (text) => expect(isDomain(normaliseDomain(text))).toBe(false))

test.each([
  [' Ines@Acme.com', 'ines@acme.com'],
  ['ines+x@münchen.de', 'ines+x@xn--mnchen-3ya.de'],
  ['Ines <ines@acme.com>', 'ines@acme.com'],
  ['mailto:ines@acme.com', 'ines@acme.com'],
])('the address %s becomes %s', (text, email) => {
  expect(normaliseEmail(text)).toBe(email)
  expect(isEmail(email)).toBe(true)
})

test.each([['ines'], ['@acme.com'], ['ines@'], ['a@b@acme.com'], ['ines@acme']])('%s is not an address', (text) =>
  expect(isEmail(normaliseEmail(text))).toBe(false),
)

test('the domain of an address is compared in ASCII', () => {
  expect(domainOf('ines@MÜNCHEN.de')).toBe('xn--mnchen-3ya.de')
  expect(domainOf('nobody')).toBe('')
})

test('a domain matches only itself, and *.domain matches all domains below it but not itself', () => {
  const set = domainSet(['acme.com', '*.umbrella.test'])
  const has = ['acme.com', 'eu.umbrella.test', 'a.b.umbrella.test', '*.umbrella.test', '*.eu.umbrella.test']
  const hasNot = ['eu.acme.com', 'umbrella.test', 'notumbrella.test', '*.acme.com', 'com', '']
  expect(has.filter((domain) => !hasDomain(set, domain))).toEqual([])
  expect(hasNot.filter((domain) => hasDomain(set, domain))).toEqual([])
})

describe('mail providers', () => {
  test.each([['gmail.com'], ['outlook.com'], ['hotmail.co.uk'], ['yahoo.com.br'], ['gmx.net'], ['web.de'], ['qq.com']])(
    '%s is a mail provider',
    (domain) => expect(isFreeMail(domain)).toBe(true),
  )
  test.each([['acme.com'], ['mygmail.com'], ['outlook.acme.com'], ['liveperson.com'], ['google.com'], ['']])(
    '%s is not a mail provider',
    (domain) => expect(isFreeMail(domain)).toBe(false),
  )
})
