import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runModel } from '../../testing/basics/model-runs.ts'
import { parseMeetingUrl, readMeetingUrl } from './link/meeting-url.ts'
import { openProofpoint } from './link/proofpoint.ts'

const letters = (from: string, min: number, max = min) =>
  fc.string({ unit: fc.constantFrom(...from.split('')), minLength: min, maxLength: max })
const small = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const passcodes = fc.option(letters(`${small}${small.toUpperCase()}${digits}`, 1, 20), { nil: null })
const encoded = encodeURIComponent

const zoomLinks = fc
  .tuple(
    fc.constantFrom('zoom.us', 'us02web.zoom.us', 'acme.zoom-x.de', 'zoomgov.com'),
    letters(digits, 9, 11),
    passcodes,
  )
  .map(([host, id, passcode]) => `https://${host}/j/${id}${passcode === null ? '' : `?pwd=${passcode}`}`)
const meetLinks = fc
  .tuple(letters(small, 3), letters(small, 4), letters(small, 3))
  .map((parts) => `https://meet.google.com/${parts.join('-')}`)
const teamsLinks = fc
  .tuple(
    fc.constantFrom('teams.microsoft.com', 'teams.live.com', 'gov.teams.microsoft.us'),
    letters(digits, 9, 14),
    passcodes,
  )
  .map(([host, id, passcode]) => `https://${host}/meet/${id}${passcode === null ? '' : `?p=${passcode}`}`)
const threadLinks = fc
  .tuple(letters(`${small}${digits}_`, 3, 40), fc.uuid(), fc.uuid())
  .map(([thread, tenant, organizer]) => {
    const context = `%7b%22Tid%22%3a%22${tenant}%22%2c%22Oid%22%3a%22${organizer}%22%7d`
    return `https://teams.microsoft.com/l/meetup-join/19%3ameeting_${thread}%40thread.v2/0?context=${context}`
  })
/** Links that are canonical already. */
const links = fc.oneof(zoomLinks, meetLinks, teamsLinks, threadLinks)

const base64 = (text: string) => Buffer.from(text).toString('base64')
const wrappers = [
  (link: string) => `https://eur03.safelinks.protection.outlook.com/?url=${encoded(link)}&data=05%7C01&reserved=0`,
  (link: string) => `https://usg02.safelinks.protection.office365.us/?url=${encoded(link)}`,
  (link: string) => `https://urldefense.proofpoint.com/v1/url?u=${encoded(link)}&k=x`,
  (link: string) =>
    `https://urldefense.proofpoint.com/v2/url?u=${encoded(link).replaceAll('-', '%2D').replaceAll('_', '%5F').replaceAll('%2F', '_').replaceAll('%', '-')}&d=x`,
  (link: string) => `https://urldefense.com/v3/__${link}__;!!AbC!xyz$`,
  (link: string) => `https://www.google.com/url?q=${encoded(link)}&sa=D&usg=x`,
  (link: string) => `https://www.google.de/url?url=${encoded(link)}`,
  (link: string) => `https://meet.google.com/linkredirect?dest=${encoded(link)}`,
  (link: string) => `https://linkprotect.cudasvc.com/url?a=${encoded(link)}&c=E,1,x`,
  (link: string) => `https://secure-web.cisco.com/1AbC_-d/${encoded(link)}`,
  (link: string) => `https://us-west-2.protection.sophos.com/?d=x.test&u=${encoded(base64(link))}&i=1`,
  (link: string) => `https://slack-redir.net/link?url=${encoded(link)}`,
  (link: string) => `https://l.facebook.com/l.php?u=${encoded(link)}&h=x`,
  (link: string) => `https://www.linkedin.com/safety/go?url=${encoded(link)}&trk=x`,
]
const nesting = fc.array(fc.constantFrom(...wrappers), { maxLength: 4 })

/** Other spellings of a link, and what stands around it. */
const spellings = [
  (link: string) => link,
  (link: string) => link.replaceAll('&', '&amp;'),
  (link: string) => link.replaceAll('/', '\\/'),
  (link: string) => link.replace('https:', 'HTTPS:'),
  (link: string) => link.replace('https:', 'http:'),
  (link: string) => link.replace('https://', ''),
  (link: string) => encoded(link),
  (link: string) => encoded(encoded(link)),
]
const surroundings = [
  (link: string) => `<a href="${link}">Join</a>`,
  (link: string) => `<${link}>`,
  (link: string) => `(${link}).`,
  (link: string) => `"${link}",`,
  (link: string) => `“${link}”`,
  (link: string) => `\u200b${link}\ufeff`,
  (link: string) => `Join here: ${link} before nine.`,
  (link: string) => `https://acme.test/agenda ${link}`,
  (link: string) => `\t${link}\r\n`,
]
const spelling = fc.constantFrom(...spellings)
const surrounding = fc.array(fc.constantFrom(...surroundings), { maxLength: 3 })

test('wrappers in any order, and whatever stands around the link, change nothing', async () => {
  await runModel(
    fc.property(links, nesting, spelling, surrounding, (link, wraps, spell, surround) => {
      const wrapped = wraps.reduce((inner, wrap) => wrap(inner), link)
      const text = surround.reduce((inner, put) => put(inner), spell(wrapped))
      expect(parseMeetingUrl(text)?.url).toBe(link)
    }),
    { runs: 2_000 },
  )
})

/** Pieces of links, so that many texts come close to one. */
const pieces = fc.constantFrom(
  ...[
    'https://',
    'http:',
    'zoom.us',
    'teams.microsoft.com',
    'meet.google.com',
    '/j/',
    '/meet/',
    '/l/meetup-join/',
    '?pwd=',
    '&',
  ],
  ...[
    '81234567890',
    'abc-defg-hij',
    '19:meeting_x@thread.v2',
    '/url?q=',
    'www.google.com',
    '%',
    '%25',
    '%3A',
    '#',
    '@',
    ':8443',
  ],
  ...[
    'urldefense.com/v3/__',
    '__;',
    '!!',
    '*',
    '**A',
    '<',
    '>',
    '"',
    '&amp;',
    '&#x',
    ';',
    '.',
    '...',
    '\\',
    '{',
    '}',
    ' ',
    '\u200b',
  ],
  ...[
    'context=',
    'light-meetings/launch?coords=',
    'e30=',
    '/dl/launcher/launcher.html?url=',
    '%2F_%23',
    'ü',
    '\ud800',
    '\u202e',
  ],
)
const nearLinks = fc.array(fc.oneof({ weight: 6, arbitrary: pieces }, fc.string({ maxLength: 5 })), { maxLength: 25 })

test('never throws, and what it gives it gives again', async () => {
  await runModel(
    fc.property(
      fc.oneof(
        nearLinks.map((parts) => parts.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        const link = parseMeetingUrl(text)
        if (link === null) return
        expect(parseMeetingUrl(link.url)).toEqual(link)
        expect(new URL(link.url).href).toBe(link.url)
        expect(link.joinKey.startsWith(`${link.platform}:`)).toBe(true)
      },
    ),
    { runs: 3_000 },
  )
})

test('a host that is not listed is never opened', async () => {
  const hosts = fc.constantFrom('evil.test', 'zoom.us.evil.test', 'google.com.evil.test', 'urldefense.com.evil.test')
  const forms = fc.constantFrom(...wrappers)
  await runModel(
    fc.property(links, hosts, forms, (link, host, wrap) => {
      const wrapped = new URL(wrap(link))
      wrapped.host = host
      expect(readMeetingUrl(wrapped.href)).toEqual({ ok: false, problem: { code: 'unknown_host', host } })
    }),
    { runs: 500 },
  )
})

/** Repeated, each makes some careless regular expression take quadratic time: minutes at this length. */
test.each(
  [
    'a',
    '.',
    '0',
    '0 ',
    '/',
    '*',
    '_',
    '%25',
    '&amp;',
    '&#x',
    '\\u00',
    '\\',
    'https:',
    'https://',
    'context={',
    'zoom.us/',
    '-',
    '…',
    '<wbr',
  ].map((piece) => [piece]),
)('takes time in proportion to a text of nothing but %j', (piece) => {
  const text = piece.repeat(Math.floor(50_000 / piece.length))
  const begun = process.cpuUsage()
  readMeetingUrl(text)
  readMeetingUrl(`https://zoom.us/j/81234567890?pwd=${text.slice(0, 40_000)}`)
  // Not by the clock, which runs on while others use the processor.
  expect(process.cpuUsage(begun).user / 1_000).toBeLessThan(2_000)
})

test('Proofpoint’s own decoder is not trusted with what is no link of it', () => {
  expect(openProofpoint(new URL('https://urldefense.com/v4/x'))).toBeNull()
})
