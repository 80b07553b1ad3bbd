import { decideRecording, type Question } from '../../src/planning/decide-recording.ts'
import type { Decision, EventOverride } from '../../src/rules/decision.ts'
import { prepareRules } from '../../src/rules/prepared-rules.ts'
import type { CalendarEvent } from '../../src/vendor/calendar-event.ts'
import { at } from '../meetings/builders.ts'
import { anEvent, attendee, ines, someRules } from './events.ts'

/** A question with defaults for everything: at noon, about `anEvent()`, by rules that record everything. */
export type Asked = Partial<Omit<Question, 'rules'>> & { rules?: Record<string, unknown>; accountEmails?: string[] }

export function decide({ rules, accountEmails, ...question }: Asked = {}): Decision {
  const prepared = prepareRules(someRules(rules), accountEmails ?? [ines])
  return decideRecording({ event: anEvent(), now: at(0), ...question, rules: prepared })
}

export const codesOf = (asked: Asked) => decide(asked).reasons.map(({ code }) => code)

export const saying = (event: EventOverride['event'], series: EventOverride['series'] = 'inherit') => ({
  event,
  series,
})

/** An event of Ines with these people. */
export const eventWith = (...others: string[]): CalendarEvent =>
  anEvent({ attendees: [ines, ...others].map((email) => attendee(email)) })

/** An event that Ines declined, as the vendor lists it. */
export const declinedEvent = anEvent({
  status: 'cancelled',
  attendees: [attendee(ines, { responseStatus: 'declined' }), attendee('bo@acme.test')],
})
