import { describe, expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { type Asked, codesOf, decide, declinedEvent, eventWith } from '../../testing/planning/decide.ts'
import { anEvent, anInvitation, attendee, ines } from '../../testing/planning/events.ts'
import type { ReasonCode } from './decision.ts'

const hidden = anInvitation('kim@client.test', { attendees: null })

describe('each rule by itself', () => {
  const event = anEvent()
  const cases: [string, Asked, ReasonCode][] = [
    ['switched off', { rules: { enabled: false } }, 'rules_off'],
    ['paused until after the start', { rules: { pausedUntil: at(61).toISOString() } }, 'paused'],
    ['declined, which the vendor lists as cancelled', { event: declinedEvent }, 'declined'],
    ['declined', { event: { ...declinedEvent, status: 'confirmed' } }, 'declined'],
    ['all day', { event: anEvent({ isAllDay: true }) }, 'all_day'],
    ['internal, with a guest', { rules: { record: 'internal' }, event: eventWith('kim@client.test') }, 'not_internal'],
    ['internal, organised outside', { rules: { record: 'internal' }, event: hidden }, 'not_internal'],
    ['internal, a subdomain', { rules: { record: 'internal' }, event: eventWith('bo@eu.acme.test') }, 'not_internal'],
    ['external, among colleagues', { rules: { record: 'external' }, event }, 'not_external'],
    [
      'external, the guest declined',
      {
        rules: { record: 'external' },
        event: anEvent({ attendees: [attendee(ines), attendee('kim@client.test', { responseStatus: 'declined' })] }),
      },
      'not_external',
    ],
    [
      'external, a room',
      { rules: { record: 'external' }, event: eventWith('c_188@resource.calendar.google.com') },
      'not_external',
    ],
    [
      'mine, organised by others',
      { rules: { role: 'organizer' }, event: anInvitation('bo@acme.test') },
      'not_organizer',
    ],
    ['as a guest, my own', { rules: { role: 'guest' }, event }, 'not_guest'],
    ['at least two, there is one', { rules: { participants: { min: 2 } }, event: eventWith() }, 'too_few_participants'],
    [
      'two people at most',
      { rules: { participants: { max: 2 } }, event: eventWith('a@a.test', 'b@a.test') },
      'too_many_participants',
    ],
    ['31 minutes at least', { rules: { durationMinutes: { min: 31 } }, event }, 'too_short'],
    ['29 minutes at most', { rules: { durationMinutes: { max: 29 } }, event }, 'too_long'],
    ['a keyword excluded', { rules: { exclude: { keywords: ['PLAN'] } }, event }, 'excluded_keyword'],
    ['a person excluded', { rules: { exclude: { people: ['Bo@acme.test'] } }, event }, 'excluded_person'],
    [
      'the organiser excluded',
      { rules: { exclude: { people: ['kim@client.test'] } }, event: hidden },
      'excluded_person',
    ],
    ['a domain excluded', { rules: { exclude: { domains: ['acme.test'] } }, event }, 'excluded_domain'],
    ['a keyword wanted', { rules: { include: { keywords: ['sales'] } }, event }, 'not_included'],
    ['a domain wanted', { rules: { include: { domains: ['client.test'] } }, event }, 'not_included'],
    ['a person wanted, who is the user', { rules: { include: { people: [ines] } }, event }, 'not_included'],
  ]
  test.each(cases)('%s', (_, asked, code) => {
    expect(decide(asked)).toMatchObject({ willRecord: false, by: 'rules', winner: code, reasons: [{ code }] })
  })

  test.each(['needsAction', 'tentative'] as const)(
    'with onlyAccepted, an invitation that was answered %s is not recorded',
    (responseStatus) => {
      const attendees = [
        attendee('bo@acme.test', { organizer: true }),
        attendee(ines, { responseStatus, organizer: false }),
      ]
      const event = anInvitation('bo@acme.test', { attendees })
      expect(codesOf({ rules: { onlyAccepted: true }, event })).toEqual(['not_accepted'])
    },
  )
})
