/** The calendar event as the API shows it. */

import { eventJson } from '@seer/core/planning/views/event-json'
import type { EventRecording } from '@seer/core/planning/views/event-recordings'
import { eventStatuses, responseStatuses } from '@seer/core/vendor/calendar-event'
import { calendarProviders } from '@seer/core/vendor/calendar-providers'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { anyId } from '../../query-fields.ts'
import { DatedDecision, Overrides } from '../../scheduling/decision-schema.ts'

const time = z.iso.datetime()

const emailOrNull = z.string().nullable().meta({
  description:
    'Null when the calendar gives no address, for example for a name from Exchange or for a mailing list. `name` is then what it gives.',
})

const Attendee = z
  .object({
    email: emailOrNull,
    name: z.string().nullable(),
    responseStatus: z.enum(responseStatuses),
    organizer: z.boolean(),
    self: z.boolean().meta({ description: 'Whether this is the owner of the calendar.' }),
  })
  .meta({ id: 'Attendee' })

const Organizer = z.object({ email: emailOrNull, name: z.string().nullable() }).meta({ id: 'Organizer' })

export const CalendarEvent = z
  .object({
    id: z.string().meta({ description: 'The id of this occurrence at Meeting BaaS.' }),
    calendarId: z.string().meta({ description: 'The id of the calendar at Meeting BaaS.' }),
    integrationId: z.uuid().meta({ description: 'The `id` of the connected calendar.' }),
    provider: z.enum(calendarProviders),
    seriesId: z.string().meta({ description: 'The same for all occurrences of a series.' }),
    isRecurring: z.boolean(),
    isException: z.boolean().meta({ description: 'Whether this occurrence differs from its series.' }),
    title: z.string(),
    location: z.string().nullable(),
    startTime: time,
    endTime: time,
    timezone: z.string().nullable().meta({ description: 'IANA name.' }),
    isAllDay: z.boolean(),
    status: z.enum(eventStatuses).meta({ description: 'An event that the calendar’s owner declined is `cancelled`.' }),
    meetingUrl: z.string().nullable(),
    platform: z.enum(platforms).nullable(),
    organizer: Organizer.nullable(),
    isOrganizer: z.boolean().meta({ description: 'Whether the calendar’s owner organises the event.' }),
    attendees: z.array(Attendee).nullable().meta({ description: 'Null when they are not known.' }),
    botScheduled: z.boolean().meta({
      description:
        'Whether Meeting BaaS itself has booked a bot for this event. A bot that Seer has booked is in `botId`.',
    }),
    willRecord: z.boolean().nullable().meta({
      description:
        'Whether a bot will record this event, or is recording it. Null until Seer has decided, which takes moments.',
    }),
    decision: DatedDecision.nullable().meta({ description: 'Why the event will or will not be recorded.' }),
    override: Overrides,
    botId: z.string().nullable().meta({
      description:
        'The `id` of the bot that is booked for this event, or for another event of the same meeting. Null when there is none.',
    }),
    removedAt: time
      .nullable()
      .meta({ description: 'When Seer saw that the event was deleted. Its status is then `cancelled`.' }),
    updatedAt: time.meta({ description: 'When Seer last changed its copy of the event.' }),
  })
  .meta({ id: 'CalendarEvent' })
export type CalendarEvent = z.output<typeof CalendarEvent>

export const CalendarEventWithDescription = CalendarEvent.extend({ description: z.string().nullable() }).meta({
  id: 'CalendarEventWithDescription',
})
export type CalendarEventWithDescription = z.output<typeof CalendarEventWithDescription>

export const EventParams = z.strictObject({ eventId: anyId().meta({ description: 'The event’s `id`.' }) })

export const toEvent = (recording: EventRecording): CalendarEvent => eventJson(recording)
