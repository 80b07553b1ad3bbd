import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { isEmail } from './addresses.ts'
import { readAddress, readAddressField } from './read-address.ts'

const jane = 'jane@client.test'

describe('an address is found in what is written around it', () => {
  test.each([
    [jane],
    [' Jane@Client.TEST '],
    ['Jane Doe <jane@client.test>'],
    ['"Doe, Jane" <jane@client.test>'],
    ['Doe, Jane <jane@client.test>'],
    ['<jane@client.test>'],
    ['<jane@client.test'],
    ['jane@client.test>'],
    ['jane@client.test;'],
    ['jane@client.test,'],
    ['jane@client.test.'],
    ["'jane@client.test'"],
    ['"jane@client.test"'],
    ['"jane@client.test" <jane@client.test>'],
    ['[jane@client.test]'],
    ['(jane@client.test)'],
    ['jane@client.test (Jane Doe)'],
    ['jane@client.test (home) '],
    ['Jane Doe jane@client.test'],
    ['mailto:jane@client.test'],
    ['MAILTO:jane%40client.test'],
    ['mailto:jane@client.test?subject=Hi%20there&cc=bo@acme.test'],
    ['Jane <mailto:jane@client.test>'],
    ['SMTP:jane@client.test'],
    ['sip:jane@client.test'],
    ['jane%40client.test'],
    ['&lt;jane@client.test&gt;'],
    ['jane@client.test\u200b'],
    ['\u202ajane@client.test\u202c'],
    ['ｊａｎｅ＠ｃｌｉｅｎｔ．ｔｅｓｔ'],
    ['jane @ client.test'],
    ['=?utf-8?Q?J=C3=A4ne?= <jane@client.test>'],
    ['evil@other.test <jane@client.test>'],
  ])('%j', (text) => expect(readAddress(text)).toBe(jane))

  test.each([
    ['Jane+board@client.test', 'jane+board@client.test'],
    ['jane@MÜNCHEN.de', 'jane@xn--mnchen-3ya.de'],
    ['Jane <jane@xn--mnchen-3ya.de.>', 'jane@xn--mnchen-3ya.de'],
    ['"jane doe"@client.test', '"jane doe"@client.test'],
    ['o’brien@client.test', 'o’brien@client.test'],
    ["o'brien@client.test", "o'brien@client.test"],
    ['josé@client.test', 'josé@client.test'],
    ['mailto:jane%2Bx@client.test', 'jane+x@client.test'],
    ['"a@evil.test"@client.test', '"a@evil.test"@client.test'],
  ])('%j is %s', (text, email) => expect(readAddress(text)).toBe(email))
})

describe('several addresses in one field', () => {
  const both = ['jane@client.test', 'kim@other.test']
  test.each([
    ['jane@client.test, kim@other.test'],
    ['jane@client.test; kim@other.test;'],
    ['jane@client.test\nkim@other.test'],
    ['Jane <jane@client.test>,"Kim" <kim@other.test>'],
    ['Team: jane@client.test, Kim <kim@other.test>;'],
  ])('%j', (text) => {
    const { people, unknown } = readAddressField(text)
    expect([people.map(({ email }) => email), unknown]).toEqual([both, 0])
    expect(readAddress(text)).toBeNull()
  })

  test('each name stays with its address', () => {
    expect(readAddressField('Jane Doe <jane@client.test>; bo@acme.test').people).toEqual([
      { email: jane, name: 'Jane Doe' },
      { email: 'bo@acme.test', name: null },
    ])
  })

  test('a name without an address is another person than the one with an address', () => {
    expect(readAddressField('Kim; Jane <jane@client.test>')).toMatchObject({ people: [{ email: jane }], unknown: 1 })
    expect(readAddressField('Kim, jane@client.test')).toMatchObject({ people: [{ email: jane }], unknown: 1 })
  })
})

describe('a text without an address counts as one unknown person', () => {
  test.each([
    [''],
    [' '],
    ['unknown'],
    ['Jane Doe'],
    ['All of Sales'],
    ['Room 4'],
    ['/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=0f3a-jane'],
    ['/O=EXCHANGELABS/CN=JANE@CLIENT.TEST'],
    ['IMCEAEX-_O=EXCHANGELABS_OU=EXCHANGE+20ADMIN_CN=JANE@eurprd05.prod.outlook.com'],
    ['outlook_8F1E5D2C1B3A4D5E@outlook.com'],
    ['unknownorganizer@calendar.google.com'],
    ['undisclosed-recipients:;'],
    ['jane'],
    ['jane@'],
    ['@client.test'],
    ['jane@client'],
    ['jane@10.0.0.1'],
    ['a@b@client.test'],
    ['CN=Jane Doe/OU=Sales/O=Client'],
    ['%E0%A4%A'],
    [`${'x'.repeat(65)}@client.test`],
    [`Jane ${'x'.repeat(3_000)} <jane@client.test>`],
  ])('%j', (text) => expect(readAddressField(text)).toEqual({ people: [], unknown: 1 }))
})

test('every address that is read is valid, and stays the same when it is read again', async () => {
  const parts = fc.array(
    fc.constantFrom(
      'jane',
      '@',
      'client.test',
      '<',
      '>',
      '"',
      "'",
      ' ',
      ',',
      ';',
      ':',
      '(',
      ')',
      'mailto:',
      '%40',
      '=',
      '/',
      '\\',
      'ü',
      '&lt;',
      '.',
      '\n',
    ),
    { maxLength: 14 },
  )
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    parts.map((all) => all.join('')),
  )
  await runModel(
    fc.property(text, (field) => {
      const { people, unknown } = readAddressField(field)
      expect(people.length + unknown).toBeGreaterThan(0)
      for (const { email } of people) {
        expect(isEmail(email)).toBe(true)
        expect(readAddress(email)).toBe(email)
      }
    }),
    { runs: 2_000 },
  )
})
