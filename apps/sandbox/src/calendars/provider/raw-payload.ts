import { iso } from '../../time.ts'
import type { Instance } from '../connection.ts'
import type { Attendee } from './event-content.ts'

/** The event as its provider would return it: the best-known fields of a Google or a Microsoft Graph event. */
export function rawPayload(event: Instance): Record<string, unknown> {
  return event.series.connection.calendar.account.platform === 'google' ? googleEvent(event) : graphEvent(event)
}

function googleEvent(event: Instance): Record<string, unknown> {
  const { series, content, updatedAt } = event
  const { title, description, location, meetingUrl, attendees, organizer, status } = content
  return {
    kind: 'calendar#event',
    id: providerId(event),
    ...(series.type === 'recurring' ? { recurringEventId: series.source.id } : {}),
    status,
    summary: title,
    ...(description === null ? {} : { description }),
    ...(location === null ? {} : { location }),
    ...(meetingUrl?.includes('meet.google.com') ? { hangoutLink: meetingUrl } : {}),
    ...(organizer ? { organizer: { email: organizer.email, displayName: organizer.name ?? undefined } } : {}),
    ...(attendees ? { attendees: attendees.map(googleAttendee) } : {}),
    start: googleTime(event, event.start),
    end: googleTime(event, event.end),
    updated: iso(updatedAt),
  }
}

function googleAttendee({ email, name, response, organizer, self }: Attendee) {
  return { email, displayName: name ?? undefined, responseStatus: response, organizer, self }
}

function googleTime({ content }: Instance, time: number) {
  if (content.isAllDay) return { date: iso(time).slice(0, 10) }
  return { dateTime: iso(time), timeZone: content.timezone ?? 'UTC' }
}

function graphEvent(event: Instance): Record<string, unknown> {
  const { series, content, start, end, isException, updatedAt } = event
  const { title, description, location, meetingUrl, attendees, organizer, isAllDay, status } = content
  const person = (email: string, name: string | null) => ({ emailAddress: { address: email, name } })
  return {
    id: providerId(event),
    type: series.type === 'one_off' ? 'singleInstance' : isException ? 'exception' : 'occurrence',
    seriesMasterId: series.type === 'recurring' ? series.source.id : null,
    subject: title,
    bodyPreview: description ?? '',
    location: { displayName: location ?? '' },
    isAllDay,
    isCancelled: status === 'cancelled',
    isOnlineMeeting: meetingUrl !== null,
    onlineMeeting: meetingUrl === null ? null : { joinUrl: meetingUrl },
    organizer: organizer && person(organizer.email, organizer.name),
    attendees: (attendees ?? []).map(({ email, name, response }) => ({
      ...person(email, name),
      status: { response: response === 'tentative' ? 'tentativelyAccepted' : response },
    })),
    start: { dateTime: iso(start).slice(0, -1), timeZone: 'UTC' },
    end: { dateTime: iso(end).slice(0, -1), timeZone: 'UTC' },
    lastModifiedDateTime: iso(updatedAt),
  }
}

/** The id of an occurrence is that of its series and a number. An event without a series has its own id. */
function providerId({ series, index }: Instance): string {
  return series.type === 'recurring' ? `${series.source.id}_${index}` : series.source.id
}
