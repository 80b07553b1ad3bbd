/** Answers about events of a calendar. Read leniently: an odd event must not hide the others. */

import { platforms } from '@seer/core/bots/meeting-url'
import {
  type Attendee,
  type EventDetails,
  type EventStatus,
  eventStatuses,
  type ListedEvent,
  responseStatuses,
} from '@seer/core/calendars/calendar-event'
import { z } from 'zod'
import { emailField, instant, proseOrNull, readInstant, readProse, readUuid, token } from './fields.ts'

const longestTitle = 1_000
const longestText = 10_000
const longestLink = 8_192
const mostAttendees = 1_000

/**
 * A page of events. `listed` counts what the vendor sent, also events that could not be used.
 *
 * Every calendar is listed in every pass, so the events are read without zod: 0.25 ms for 50 of them instead of 0.5.
 */
export const eventListAnswer = z
  .object({ data: z.array(z.unknown()), cursor: z.string().nullish() })
  .transform(({ data, cursor }) => {
    const items = data.map(readListedEvent).filter((event) => event !== null)
    return { items, nextCursor: cursor || null, listed: data.length }
  })

/** Null: it has no usable id or no usable times. */
function readListedEvent(value: unknown): ListedEvent | null {
  if (typeof value !== 'object' || value === null) return null
  const event = value as Record<string, unknown>
  const id = readUuid(event.event_id)
  const startTime = readInstant(event.start_time)
  const endTime = readInstant(event.end_time)
  if (id === null || startTime === null || endTime === null) return null
  return {
    id,
    seriesId: readUuid(event.series_id) ?? id,
    isRecurring: event.event_type === 'recurring',
    isException: event.is_exception === true,
    title: typeof event.title === 'string' ? readProse(event.title, longestTitle) : '',
    startTime,
    endTime: endTime < startTime ? startTime : endTime,
    status: readStatus(event),
    meetingUrl: readLink(event.meeting_url),
    platform: platforms.find((known) => known === event.meeting_platform) ?? null,
    botScheduled: event.bot_scheduled === true,
    createdAt: readInstant(event.created_at) ?? new Date(0),
  }
}

/** The vendor's prose lets a deleted event be told by `deleted_at` alone; its schema has no such field. */
function readStatus({ status, deleted_at }: Record<string, unknown>): EventStatus {
  if (deleted_at != null) return 'cancelled'
  return eventStatuses.find((known) => known === status) ?? 'confirmed'
}

/** A link that was cut would lead nowhere. */
function readLink(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= longestLink ? readProse(value, longestLink) : null
}

const responseStatus = z.enum(responseStatuses).catch('needsAction')

const attendee = z
  .object({
    email: emailField.refine((email) => email !== ''),
    name: proseOrNull(255).catch(null),
    response_status: responseStatus,
    organizer: z.boolean().catch(false),
    self: z.boolean().catch(false),
  })
  .transform(({ response_status, ...fields }): Attendee => ({ ...fields, responseStatus: response_status }))

const attendees = z
  .array(z.unknown())
  .transform((list) => list.slice(0, mostAttendees).map((item) => attendee.safeParse(item).data))
  .transform((list) => list.filter((item) => item !== undefined))

const detailFields = z.object({
  description: proseOrNull(longestText).catch(null),
  location: proseOrNull(longestText).catch(null),
  timezone: token(100).nullish().catch(null),
  is_all_day: z.boolean().catch(false),
  organizer_email: emailField.nullish().catch(null),
  organizer_name: proseOrNull(255).catch(null),
  attendees: attendees.nullish().catch(null),
  updated_at: instant.optional().catch(undefined),
})

export const eventDetailsAnswer = z.object({
  data: z.unknown().transform((value, context): EventDetails => {
    const listed = readListedEvent(value)
    const fields = detailFields.safeParse(value).data
    if (listed !== null && fields)
      return { ...listed, ...toDetails(fields), updatedAt: fields.updated_at ?? listed.createdAt }
    context.addIssue({ code: 'custom', message: 'expected an event with an id and times' })
    return z.NEVER
  }),
})

function toDetails(fields: z.output<typeof detailFields>) {
  const { description, location, is_all_day: isAllDay, organizer_email: email, organizer_name: name } = fields
  const organizer = email ? { email, name } : null
  return {
    description,
    location,
    timezone: fields.timezone ?? null,
    isAllDay,
    organizer,
    attendees: fields.attendees ?? null,
  }
}
