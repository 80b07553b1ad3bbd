import { describe, expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { type Asked, codesOf, eventWith } from '../../testing/planning/decide.ts'
import { anEvent, anInvitation, attendee, ines } from '../../testing/planning/events.ts'

const hidden = anInvitation('kim@client.test', { attendees: null })

describe('recorded', () => {
  const cases: [string, Asked][] = [
    ['after the pause', { rules: { pausedUntil: at(60).toISOString() } }],
    ['all-day events when wanted', { rules: { includeAllDay: true }, event: anEvent({ isAllDay: true }) }],
    ['internal: among colleagues', { rules: { record: 'internal' } }],
    ['internal: one person', { rules: { record: 'internal' }, event: eventWith() }],
    ['internal: with a room', { rules: { record: 'internal' }, event: eventWith('x@resource.calendar.google.com') }],
    [
      'internal: with a second account of the user',
      {
        rules: { record: 'internal' },
        event: eventWith('ines@gmail.com'),
        accountEmails: [ines, 'ines@gmail.com'],
      },
    ],
    [
      'internal: with a listed domain',
      {
        rules: { record: 'internal', internalDomains: ['*.acme.test', 'umbrella.test'] },
        event: eventWith('bo@eu.acme.test', 'kim@umbrella.test'),
      },
    ],
    [
      'internal: the guest declined',
      {
        rules: { record: 'internal' },
        event: anEvent({ attendees: [attendee(ines), attendee('kim@client.test', { responseStatus: 'declined' })] }),
      },
    ],
    ['external: with a guest', { rules: { record: 'external' }, event: eventWith('bo@acme.test', 'kim@client.test') }],
    ['external: the known organiser is enough', { rules: { record: 'external' }, event: hidden }],
    ['my own', { rules: { role: 'organizer' } }],
    [
      'internal: organised by the user under an alias',
      { rules: { record: 'internal' }, event: anEvent({ organizer: { email: 'ines@alias.test', name: null } }) },
    ],
    ['as a guest', { rules: { role: 'guest' }, event: anInvitation('bo@acme.test') }],
    ['only accepted: accepted', { rules: { onlyAccepted: true }, event: anInvitation('bo@acme.test') }],
    [
      'only accepted: my own, whatever I answered',
      {
        rules: { onlyAccepted: true },
        event: anEvent({ attendees: [attendee(ines, { responseStatus: 'needsAction' })] }),
      },
    ],
    ['the number of participants at its bounds', { rules: { participants: { min: 2, max: 2 } } }],
    ['the length at its bounds', { rules: { durationMinutes: { min: 30, max: 30 } } }],
    ['one match of include is enough', { rules: { include: { keywords: ['plan'], people: ['no@one.test'] } } }],
    ['a wanted person', { rules: { include: { keywords: ['sales'], people: ['bo@acme.test'] } } }],
    ['a wanted domain', { rules: { include: { domains: ['client.test'] } }, event: hidden }],
    [
      'an excluded person who declined',
      {
        rules: { exclude: { people: ['bo@acme.test'] } },
        event: anEvent({ attendees: [attendee(ines), attendee('bo@acme.test', { responseStatus: 'declined' })] }),
      },
    ],
  ]
  test.each(cases)('%s', (_, asked) => expect(codesOf(asked)).toEqual(['rules_match']))
})

test('a mail provider is nobody’s company: a meeting of two of its users is not internal', () => {
  const own = { accountEmail: 'ines@gmail.com', organizer: null, isOrganizer: true }
  const self = attendee('ines@gmail.com', { self: true })
  const rules = { record: 'internal', internalDomains: ['gmail.com'] }
  const withOther = anEvent({ ...own, attendees: [self, attendee('bo@gmail.com')] })
  expect(codesOf({ rules, event: withOther })).toEqual(['not_internal'])
  expect(codesOf({ rules, event: anEvent({ ...own, attendees: [self] }) })).toEqual(['rules_match'])
})
