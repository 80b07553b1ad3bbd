import { readEventLink } from '../calendars/event-link.ts'
import { notJoinable } from '../meetings/link/meeting-link.ts'
import type { Reason } from '../rules/decision.ts'
import type { CalendarEvent } from '../vendor/calendar-event.ts'

/** Why an event has no link that a bot can join by; names the host, and what stands there instead of a meeting. */
export function reasonWithoutLink(event: Pick<CalendarEvent, 'meetingUrl' | 'location' | 'description'>): Reason {
  const reading = readEventLink(event)
  const problem = reading.ok ? null : reading.problem
  if (problem?.code === 'several_meetings') return { code: 'several_meetings', detail: problem.links.join(', ') }
  if (problem?.code === 'not_joinable')
    return { code: 'link_not_joinable', detail: `${problem.host}: ${notJoinable[problem.what]}` }
  if (problem?.code === 'unknown_host') return { code: 'unsupported_platform', detail: problem.host }
  // This may also be an event that was stored before its link could be read; the next sync reads it.
  return { code: event.meetingUrl === null ? 'no_meeting_url' : 'unsupported_platform' }
}
