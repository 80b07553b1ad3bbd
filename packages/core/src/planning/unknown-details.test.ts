import { describe, expect, test } from 'vitest'
import { at } from '../../testing/meetings/builders.ts'
import { decide } from '../../testing/planning/decide.ts'
import { aListedEvent, anEvent, anInvitation } from '../../testing/planning/events.ts'
import type { ReasonCode } from '../rules/decision.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

const unknownGuests = anEvent({ attendees: null })
const hidden = anInvitation('kim@client.test', { attendees: null })

describe('who takes part is not known', () => {
  const cases: [Record<string, unknown>, CalendarEvent, ReasonCode][] = [
    [{}, aListedEvent(), 'rules_match'],
    [{ include: { keywords: ['plan'], people: ['bo@acme.test'] } }, aListedEvent(), 'rules_match'],
    [{ exclude: { keywords: ['sales'] } }, aListedEvent(), 'rules_match'],
    [{ participants: { min: 2 } }, hidden, 'rules_match'],
    [{ record: 'external' }, aListedEvent(), 'details_unknown'],
    [{ record: 'internal' }, unknownGuests, 'details_unknown'],
    [{ role: 'organizer' }, aListedEvent(), 'details_unknown'],
    [{ role: 'guest' }, aListedEvent(), 'details_unknown'],
    [{ onlyAccepted: true }, hidden, 'details_unknown'],
    [{ participants: { min: 3 } }, hidden, 'details_unknown'],
    [{ participants: { max: 9 } }, unknownGuests, 'details_unknown'],
    [{ include: { people: ['bo@acme.test'] } }, unknownGuests, 'details_unknown'],
    [{ exclude: { domains: ['law.test'] } }, unknownGuests, 'details_unknown'],
    [{}, aListedEvent({ startTime: at(60), endTime: at(60 + 24 * 60) }), 'details_unknown'],
    // Days on which clocks change.
    [{}, aListedEvent({ startTime: at(60), endTime: at(60 + 23 * 60) }), 'details_unknown'],
    [{}, aListedEvent({ startTime: at(60), endTime: at(60 + 25 * 60) }), 'details_unknown'],
    [{}, aListedEvent({ startTime: at(60), endTime: at(60 + 47 * 60) }), 'details_unknown'],
    [{}, aListedEvent({ startTime: at(60), endTime: at(60 + 21 * 60) }), 'rules_match'],
    [{}, aListedEvent({ startTime: at(61), endTime: at(61 + 23 * 60) }), 'rules_match'],
    [
      { includeAllDay: true, durationMinutes: { min: 1440, max: 1440 } },
      anEvent({ isAllDay: true, startTime: at(60), endTime: at(60 + 23 * 60) }),
      'rules_match',
    ],
    [
      { includeAllDay: true, durationMinutes: { min: 1440, max: 1440 } },
      anEvent({ isAllDay: true, startTime: at(60), endTime: at(60 + 25 * 60) }),
      'rules_match',
    ],
    [{ participants: { max: 1 } }, hidden, 'too_many_participants'],
  ]
  test.each(cases)('%j', (rules, event, code) => expect(decide({ rules, event }).winner).toBe(code))

  test('the decision names the rules that need to know', () => {
    const rules = { record: 'external', participants: { max: 9 }, exclude: { people: ['a@law.test'] } }
    const [reason] = decide({ rules, event: aListedEvent() }).reasons
    expect(reason).toEqual({ code: 'details_unknown', detail: 'exclude, record, participants.max' })
  })
})
