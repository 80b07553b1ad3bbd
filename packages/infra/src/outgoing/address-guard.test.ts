import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, test } from 'vitest'
import { AddressNotAllowed, addressGuard } from './address-guard.ts'
import { isPrivateHost } from './private-hosts.ts'

const rules = { anyAddress: false, privateHosts: [] as string[], httpsOnly: true }

const judged = (link: string, privateHosts: string[] = []) => {
  try {
    addressGuard({ ...rules, privateHosts }).check(new URL(link))
    return 'passes'
  } catch (error) {
    expect(error).toBeInstanceOf(AddressNotAllowed)
    return (error as Error).message
  }
}
const inside = /is, or leads to, an address that is not on the internet/

describe('refused', () => {
  test.each([
    ['loopback', 'https://127.0.0.1/'],
    ['loopback, shortened', 'https://127.1/'],
    ['loopback in decimal', 'https://2130706433/'],
    ['loopback in hexadecimal', 'https://0x7f000001/'],
    ['loopback in octal', 'https://0177.0.0.1/'],
    ['loopback in mixed forms', 'https://0x7f.1/'],
    ['loopback with full-width digits', 'https://１２７.０.０.１/'],
    ['this machine by name', 'https://localhost/'],
    ['this machine by name, in capitals and with a dot', 'https://LOCALHOST./'],
    ['this machine by a name below it', 'https://app.localhost/'],
    ['no address', 'https://0.0.0.0/'],
    ['zero', 'https://0/'],
    ['a private network', 'https://10.1.2.3/'],
    ['a private network of 172', 'https://172.31.255.255/'],
    ['a private network of 192', 'https://192.168.0.1/'],
    ['a carrier’s network', 'https://100.64.0.1/'],
    ['the metadata service of clouds', 'https://169.254.169.254/latest/meta-data'],
    ['the metadata service in decimal', 'https://2852039166/'],
    ['the metadata service of Alibaba', 'https://100.100.100.200/'],
    ['the metadata service of Oracle', 'https://192.0.0.192/'],
    ['the host of a machine at Azure', 'https://168.63.129.16/'],
    ['multicast', 'https://224.0.0.1/'],
    ['broadcast', 'https://255.255.255.255/'],
    ['reserved addresses', 'https://240.0.0.1/'],
    ['tests', 'https://198.18.0.1/'],
    ['documentation', 'https://203.0.113.5/'],
    ['IPv6: loopback', 'https://[::1]/'],
    ['IPv6: no address', 'https://[::]/'],
    ['IPv6: link-local', 'https://[fe80::1]/'],
    ['IPv6: a private network', 'https://[fd00:ec2::254]/'],
    ['IPv6: a site', 'https://[fec0::1]/'],
    ['IPv6: multicast', 'https://[ff02::1]/'],
    ['IPv6: documentation', 'https://[2001:db8::1]/'],
    ['IPv6: loopback of IPv4, mapped', 'https://[::ffff:127.0.0.1]/'],
    ['IPv6: loopback of IPv4, mapped, in hexadecimal', 'https://[::ffff:7f00:1]/'],
    ['IPv6: loopback of IPv4, compatible', 'https://[::127.0.0.1]/'],
    ['IPv6: metadata, compatible', 'https://[::a9fe:a9fe]/'],
    ['IPv6: loopback of IPv4, translated', 'https://[64:ff9b::127.0.0.1]/'],
    ['IPv6: loopback of IPv4, translated here', 'https://[64:ff9b:1::7f00:1]/'],
    ['IPv6: loopback of IPv4 by 6to4', 'https://[2002:7f00:1::]/'],
    ['IPv6: by Teredo', 'https://[2001:0:7f00:1::]/'],
  ])('%s', (_name, link) => {
    expect(judged(link)).toMatch(inside)
  })

  test('plain http, and what is not http at all', () => {
    expect(judged('http://example.com/')).toMatch(/example\.com must be called by https/)
    expect(judged('ftp://example.com/')).toMatch(/only addresses with http or https/)
    expect(judged('file:///etc/passwd')).toMatch(/only addresses with http or https/)
  })
})

describe('allowed', () => {
  test.each([
    ['a name', 'https://example.com/hook'],
    ['an address', 'https://93.184.216.34/'],
    ['an address of IPv6', 'https://[2606:2800:220:1:248:1893:25c8:1946]/'],
  ])('%s', (_name, link) => {
    expect(judged(link)).toBe('passes')
  })

  test.each([
    ['a listed name', 'http://App.internal:3000/', ['app.internal']],
    ['a listed name that ends with a dot', 'http://app.internal./', ['app.internal']],
    ['a listed address', 'http://127.0.0.1:3000/', ['127.0.0.1']],
    ['a listed address in another form', 'http://2130706433/', ['127.0.0.1']],
    ['an address of a listed range', 'http://10.8.3.4/', ['10.8.0.0/16']],
    ['an address of a listed range, mapped', 'http://[::ffff:10.8.3.4]/', ['10.8.0.0/16']],
    ['an address of a listed range of IPv6', 'http://[fd00:12::5]/', ['fd00:12::/32']],
  ])('%s', (_name, link, privateHosts) => {
    expect(judged(link, privateHosts)).toBe('passes')
  })

  test('only what is listed, and not what is near it', () => {
    expect(judged('https://10.9.0.1/', ['10.8.0.0/16', 'app.internal'])).toMatch(inside)
    expect(judged('http://evil-app.internal/', ['app.internal'])).toMatch(/must be called by https/)
    expect(judged('https://[fd00:13::5]/', ['fd00:12::/32', '10.0.0.0/8'])).toMatch(inside)
  })

  test('everything in development', () => {
    const { check } = addressGuard({ ...rules, anyAddress: true })
    for (const link of ['http://127.0.0.1/', 'http://app/']) expect(() => check(new URL(link))).not.toThrow()
  })
})

test('no spelling of an address changes the verdict about it', () => {
  const forms = (address: number) => [
    String(address),
    `0x${address.toString(16)}`,
    `0${address.toString(8)}`,
    [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.'),
    `[::ffff:${(address >>> 16).toString(16)}:${(address & 0xffff).toString(16)}]`,
  ]
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), (address) => {
      const plain = new ipaddr.IPv4([24, 16, 8, 0].map((shift) => (address >>> shift) & 255))
      const verdicts = forms(address).map((form) => judged(`https://${form}/`) === 'passes')
      const isOnInternet = plain.range() === 'unicast' && plain.toString() !== '168.63.129.16'
      expect(verdicts).toEqual(verdicts.map(() => isOnInternet))
    }),
    { examples: [[0x7f000001], [0xa9fea9fe], [0x0a000001], [0xc0a80001], [0x5db8d822]] },
  )
})

describe('a name', () => {
  const answers = (...addresses: string[]) =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  const looked = (found: ReturnType<typeof answers>, privateHosts: string[] = [], all = true) =>
    new Promise((resolve, reject) => {
      const { lookup } = addressGuard({ ...rules, privateHosts }, (_name, _options, callback) => callback(null, found))
      lookup('hook.example', { all }, (error, address) => (error ? reject(error) : resolve(address)))
    })

  test('leads to the addresses that were judged', async () => {
    const found = answers('93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946')
    expect(await looked(found)).toEqual(found)
    expect(await looked(found, [], false)).toBe('93.184.216.34')
  })

  test.each([['10.0.0.1'], ['169.254.169.254'], ['::1'], ['::ffff:127.0.0.1'], ['fd00::1'], ['127.0.0.1']])(
    'is refused when one of its addresses is %s',
    async (wrong) => {
      await expect(looked(answers('93.184.216.34', wrong))).rejects.toThrow(inside)
    },
  )

  test('may lead to a listed range, or anywhere when it is listed itself', async () => {
    const found = answers('10.8.1.1')
    expect(await looked(found, ['10.8.0.0/16'])).toEqual(found)
    expect(await looked(found, ['hook.example'])).toEqual(found)
    await expect(looked(answers('10.9.1.1'), ['10.8.0.0/16'])).rejects.toThrow(inside)
  })
})

test.each([
  ['app', true],
  ['app.internal', true],
  ['my_app.internal', true],
  ['10.0.0.0/8', true],
  ['fd00::/8', true],
  ['127.0.0.1', true],
  ['::1', true],
  ['[::1]', true],
  ['app:3000', false],
  ['http://app', false],
  ['*.internal', false],
  ['10.0.0.0/33', false],
  ['app/8', false],
  ['', false],
])('%j may be listed: %j', (text, expected) => {
  expect(isPrivateHost(text)).toBe(expected)
})
