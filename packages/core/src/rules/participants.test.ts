import { describe, expect, test } from 'vitest'
import { decide } from '../../testing/planning/decide.ts'
import { anEvent, anInvitation, attendee, ines } from '../../testing/planning/events.ts'
import type { Attendee, CalendarEvent } from '../vendor/calendar-event.ts'
import type { ReasonCode } from './decision.ts'

const x500 = '/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn=0f3a-jane'
const nobody = (changes: Partial<Attendee> = {}): Attendee => ({
  ...attendee(''),
  email: null,
  name: 'Jane Doe',
  ...changes,
})
/** An event of Ines with her and these people, as an older Seer stored it or as it is stored now. */
const withPeople = (...people: (string | Attendee)[]): CalendarEvent =>
  anEvent({ attendees: [attendee(ines), ...people.map((one) => (typeof one === 'string' ? attendee(one) : one))] })

type Rules = Record<string, unknown>
const winner = (rules: Rules, event: CalendarEvent, accountEmails?: string[]): ReasonCode =>
  decide({ rules, event, accountEmails }).winner

describe('people without an address are unknown', () => {
  const cases: [Rules, ReasonCode][] = [
    [{}, 'rules_match'],
    [{ record: 'internal' }, 'details_unknown'],
    [{ record: 'external' }, 'details_unknown'],
    [{ exclude: { people: ['jane@client.test'] } }, 'details_unknown'],
    [{ exclude: { domains: ['client.test'] } }, 'details_unknown'],
    [{ exclude: { keywords: ['sales'] } }, 'rules_match'],
    [{ include: { people: ['jane@client.test'] } }, 'details_unknown'],
    [{ include: { domains: ['client.test'] } }, 'details_unknown'],
    [{ include: { keywords: ['planning'], domains: ['client.test'] } }, 'rules_match'],
    [{ include: { domains: ['acme.test'] } }, 'rules_match'],
    [{ participants: { min: 3, max: 3 } }, 'rules_match'],
    [{ participants: { min: 4 } }, 'too_few_participants'],
    [{ participants: { max: 2 } }, 'too_many_participants'],
    [{ onlyAccepted: true, role: 'organizer' }, 'rules_match'],
  ]
  const unknowns: [string, string | Attendee][] = [
    ['an X.500 name', x500],
    ['a display name', 'Jane Doe'],
    ['a list', 'All of Sales'],
    ['no address', ''],
    ['no address, as it is stored', nobody()],
    ['a wrapped X.500 name', 'imceaex-_o=exchangelabs_cn=jane@eurprd05.prod.outlook.com'],
    ['a hidden organiser of Google', 'unknownorganizer@calendar.google.com'],
  ]
  describe.each(unknowns)('%s', (_, unknown) => {
    test.each(cases)('%j', (rules, code) => expect(winner(rules, withPeople('bo@acme.test', unknown))).toBe(code))
  })

  test.each([
    [{ record: 'internal' }, 'not_internal'],
    [{ record: 'external' }, 'rules_match'],
    [{ exclude: { domains: ['client.test'] } }, 'excluded_domain'],
    [{ exclude: { people: ['kim@client.test'] } }, 'excluded_person'],
    [{ include: { people: ['kim@client.test'] } }, 'rules_match'],
  ] as [Rules, ReasonCode][])('a known person may decide when another is unknown: %j', (rules, code) =>
    expect(winner(rules, withPeople('kim@client.test', x500))).toBe(code),
  )

  test('people who declined do not take part, known or not', () => {
    const event = withPeople(nobody({ responseStatus: 'declined' }))
    expect(winner({ record: 'internal' }, event)).toBe('rules_match')
  })

  test('an organiser without an address is the attendee marked as organiser, or else one more person', () => {
    const organizer = { email: null, name: 'Jane Doe' }
    const listed = [attendee(ines, { organizer: false }), nobody({ organizer: true })]
    const rules = { participants: { max: 2 } }
    expect(winner(rules, anInvitation('', { organizer, attendees: listed }))).toBe('rules_match')
    const more = anInvitation('', {
      organizer,
      attendees: [attendee(ines, { organizer: false }), attendee('bo@acme.test')],
    })
    expect(winner(rules, more)).toBe('too_many_participants')
    for (const role of ['organizer', 'guest']) expect(winner({ role }, more)).toBe('details_unknown')
    expect(winner({ onlyAccepted: true }, anInvitation('', { organizer, attendees: [nobody()] }))).toBe(
      'details_unknown',
    )
  })
})

describe('an address counts whatever is written around it', () => {
  test.each([
    ['Jane Doe <jane@client.test>'],
    ['mailto:jane@client.test'],
    ["'jane@client.test'"],
    ['jane@client.test;'],
    ['Jane@CLIENT.test.'],
    ['bo@acme.test; jane@client.test'],
  ])('%j', (email) => {
    const event = withPeople(email)
    expect(winner({ exclude: { domains: ['client.test'] } }, event)).toBe('excluded_domain')
    expect(winner({ exclude: { people: ['jane@client.test'] } }, event)).toBe('excluded_person')
    expect(winner({ record: 'internal' }, event)).toBe('not_internal')
    expect(winner({ record: 'external' }, event)).toBe('rules_match')
  })

  test('an international domain may be written in Unicode or in ASCII', () => {
    const rules = { exclude: { domains: ['münchen.de'] } }
    expect(winner(rules, withPeople('jane@xn--mnchen-3ya.de'))).toBe('excluded_domain')
    expect(winner(rules, withPeople('Jane <jane@MÜNCHEN.de>'))).toBe('excluded_domain')
  })

  test('a plus address is another address in the same domain', () => {
    const event = withPeople('jane+board@client.test')
    expect(winner({ exclude: { people: ['jane@client.test'] } }, event)).toBe('rules_match')
    expect(winner({ exclude: { domains: ['client.test'] } }, event)).toBe('excluded_domain')
  })

  test('the same holds for the organiser', () => {
    const event = anInvitation('', {
      organizer: { email: 'Jane <jane@client.test>', name: null },
      attendees: [attendee(ines)],
    })
    expect(winner({ exclude: { domains: ['client.test'] } }, event)).toBe('excluded_domain')
  })
})

describe('a person who is listed twice', () => {
  const grace = (email: string, responseStatus: Attendee['responseStatus']) => attendee(email, { responseStatus })

  test('counts once', () => {
    const event = withPeople('Grace@Acme.test', 'grace@acme.test', 'Grace <grace@acme.test>')
    expect(winner({ participants: { max: 2 } }, event)).toBe('rules_match')
  })

  test.each([
    ['accepted', 'declined', 'excluded_person'],
    ['tentative', 'declined', 'excluded_person'],
    ['declined', 'needsAction', 'rules_match'],
    ['declined', 'declined', 'rules_match'],
  ] as const)('who answered %s and %s and is excluded: %s', (a, b, expected) => {
    for (const [first, second] of [
      [a, b],
      [b, a],
    ] as const) {
      const event = withPeople(grace('Grace@Acme.test', first), grace('grace@acme.test', second))
      expect(winner({ exclude: { people: ['grace@acme.test'] } }, event)).toBe(expected)
    }
  })
})

describe('the owner', () => {
  const other = attendee('bo@acme.test', { organizer: true })
  const own = (changes: Partial<Attendee>) => attendee(ines, { organizer: false, ...changes })
  const invited = (...attendees: Attendee[]) => anInvitation('bo@acme.test', { attendees: [other, ...attendees] })

  test.each([
    ['without a flag', own({ self: false, responseStatus: 'declined' })],
    ['in capitals', own({ email: 'Ines@ACME.test', self: false, responseStatus: 'declined' })],
    ['with a name', own({ email: 'Ines Okafor <ines@acme.test>', self: false, responseStatus: 'declined' })],
  ])('declines by address, %s', (_, entry) => {
    expect(winner({}, invited(entry))).toBe('declined')
    expect(winner({}, { ...invited(entry), status: 'cancelled' })).toBe('declined')
  })

  test('is the attendee with the address, even when another carries the flag', () => {
    const kim = attendee('kim@client.test', { self: true, responseStatus: 'accepted' })
    const event = invited(kim, own({ self: false, responseStatus: 'declined' }))
    expect(winner({}, event)).toBe('declined')
    expect(winner({ exclude: { domains: ['client.test'] } }, event)).toBe('excluded_domain')
  })

  test('is the attendee with the flag when nobody has the address', () => {
    const alias = attendee('ines.okafor@acme.test', { self: true, responseStatus: 'declined' })
    expect(winner({}, invited(alias))).toBe('declined')
    expect(winner({ participants: { max: 2 } }, invited(alias))).toBe('declined')
    expect(winner({ record: 'internal' }, invited(nobody({ self: true })))).toBe('rules_match')
  })

  test('is recognised by the address of each connected account', () => {
    const accounts = [ines, 'Ines@Home.test']
    const home = attendee('ines@home.test', { responseStatus: 'declined' })
    expect(winner({}, invited(home), accounts)).toBe('declined')
    expect(winner({ role: 'organizer' }, anInvitation('ines@home.test'), accounts)).toBe('rules_match')
    expect(winner({ role: 'guest' }, anInvitation('ines@home.test'), accounts)).toBe('not_guest')
  })

  test('may be invited through a list, and then has not accepted', () => {
    const list = attendee('team@acme.test', { responseStatus: 'needsAction' })
    expect(winner({ onlyAccepted: true }, invited(list))).toBe('not_accepted')
    expect(winner({ participants: { min: 3, max: 3 } }, invited(list))).toBe('rules_match')
  })
})
