import type { MeetingLink } from '../../meetings/link/meeting-url.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'

/** What a bot that is booked or shared for an event keeps of it. `link` is the event's. */
export function shareFor({ id, calendarId, provider, startTime, endTime }: CalendarEvent, link: MeetingLink) {
  return {
    meetingUrl: link.url,
    meetingBaasCalendarId: calendarId,
    calendarEventId: id,
    calendarProvider: provider,
    eventStartsAt: startTime,
    eventEndsAt: endTime,
  }
}
