import { type Decision, reasonCodes } from '../../rules/decision.ts'
import type { CalendarEvent } from '../../vendor/calendar-event.ts'
import type { StoredDecision } from '../scheduling-store.ts'
import type { EventRecording } from './event-recordings.ts'

type EventAttendee = NonNullable<CalendarEvent['attendees']>[number]

/** A calendar event and how it is recorded, as the API, the feed and webhooks show it. */
export function eventJson({ event, stored, override, botId }: EventRecording) {
  return {
    id: event.id,
    calendarId: event.calendarId,
    integrationId: event.integrationId,
    provider: event.provider,
    seriesId: event.seriesId,
    isRecurring: event.isRecurring,
    isException: event.isException,
    title: event.title,
    location: event.location,
    startTime: event.startTime.toISOString(),
    endTime: event.endTime.toISOString(),
    timezone: event.timezone,
    isAllDay: event.isAllDay,
    status: event.status,
    meetingUrl: event.meetingUrl,
    platform: event.platform,
    organizer: event.organizer && { email: event.organizer.email, name: event.organizer.name },
    isOrganizer: event.isOrganizer,
    attendees: event.attendees?.map(toAttendee) ?? null,
    botScheduled: event.botScheduled,
    willRecord: stored?.decision.willRecord ?? null,
    decision: stored && datedDecisionJson(stored),
    override: { event: override.event, series: override.series },
    botId,
    removedAt: event.removedAt?.toISOString() ?? null,
    updatedAt: event.updatedAt.toISOString(),
  }
}

function toAttendee({ email, name, responseStatus, organizer, self }: EventAttendee) {
  return { email, name, responseStatus, organizer, self }
}

/** Why an event is recorded or not, with a sentence for each reason. */
export function decisionJson({ willRecord, by, winner, reasons, sharedWith }: Decision) {
  return {
    willRecord,
    by,
    winner,
    message: reasonCodes[winner],
    reasons: reasons.map(({ code, rule, detail }) => ({ code, message: reasonCodes[code], rule, detail })),
    sharedWith,
  }
}

export function datedDecisionJson({ decision, decidedAt }: StoredDecision) {
  return { ...decisionJson(decision), decidedAt: decidedAt.toISOString() }
}
