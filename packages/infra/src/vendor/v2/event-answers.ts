/** The vendor's answers about calendar events. A field that cannot be read must not hide the other events. */

import { readOrganizer } from '@seer/core/calendars/attendees'
import type { EventDetails, ListedEvent } from '@seer/core/vendor/calendar-event'
import { lastsWholeDays } from '@seer/core/vendor/event-times'
import { platforms } from '@seer/core/vendor/platform'
import { z } from 'zod'
import { instant, prose, proseOrNull, readInstant, readProse, readUuid, token } from '../wire/fields.ts'
import { longestAddress, readPeople } from './event-people.ts'
import { readFlag, readStatus, readWord } from './event-words.ts'

const longestTitle = 1_000
/** Outlook's HTML can be long, and the meeting's link is at its end. */
const longestText = 32_000
const longestLink = 8_192

/**
 * A page of events. `listed` counts all entries, `unreadable` those without a usable id or start. An unreadable event
 * still exists: a sync asks for each event that it misses.
 *
 * Read without zod, because every pass lists every calendar: 0.25 ms for 50 events instead of 0.5.
 */
export const eventListAnswer = z
  .object({ data: z.array(z.unknown()), cursor: z.string().nullish() })
  .transform(({ data, cursor }) => {
    const items = data.map(readListedEvent).filter((event) => event !== null)
    return { items, nextCursor: cursor || null, listed: data.length, unreadable: data.length - items.length }
  })

/** Null when the entry has no usable id or start. */
function readListedEvent(value: unknown): ListedEvent | null {
  if (typeof value !== 'object' || value === null) return null
  const event = value as Record<string, unknown>
  const id = readUuid(event.event_id)
  const startTime = readEventTime(event.start_time)
  if (id === null || startTime === null) return null
  const endTime = readEventTime(event.end_time)
  return {
    id,
    seriesId: readUuid(event.series_id) ?? id,
    isRecurring: readWord(event.event_type) === 'recurring',
    isException: readFlag(event.is_exception) ?? false,
    title: typeof event.title === 'string' ? readProse(event.title, longestTitle) : '',
    startTime,
    // Without a usable end the event has no length, like events to which Google gives none.
    endTime: endTime !== null && endTime > startTime ? endTime : startTime,
    status: readStatus(event),
    meetingUrl: readLink(event.meeting_url),
    platform: platforms.find((known) => known === readWord(event.meeting_platform)) ?? null,
    botScheduled: readFlag(event.bot_scheduled) ?? false,
    createdAt: readInstant(event.created_at) ?? new Date(0),
  }
}

const isDate = (value: unknown): boolean => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)

/** A day without a time means midnight UTC at its beginning. Providers write the ends of whole-day events so. */
function readEventTime(value: unknown): Date | null {
  return readInstant(isDate(value) ? `${value}T00:00:00Z` : value)
}

/** A long link is dropped and not cut, because a cut link leads nowhere. */
function readLink(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= longestLink ? readProse(value, longestLink) : null
}

const detailFields = z.object({
  description: proseOrNull(longestText).catch(null),
  location: proseOrNull(longestText).catch(null),
  timezone: token(100).nullish().catch(null),
  organizer_email: prose(longestAddress).nullish().catch(null),
  organizer_name: proseOrNull(255).catch(null),
  updated_at: instant.optional().catch(undefined),
})

export const eventDetailsAnswer = z.object({ data: z.unknown() }).transform(({ data }, context) => {
  const listed = readListedEvent(data)
  const fields = detailFields.safeParse(data).data
  if (listed === null || !fields) {
    context.addIssue({ code: 'custom', message: 'expected an event with an id and a start' })
    return z.NEVER
  }
  const raw = data as Record<string, unknown>
  const { attendees, unreadable } = readPeople(raw.attendees)
  const timezone = fields.timezone ?? null
  const event: EventDetails = {
    ...listed,
    description: fields.description,
    location: fields.location,
    timezone,
    isAllDay: readFlag(raw.is_all_day) ?? (isDate(raw.start_time) || lastsWholeDays(listed, timezone)),
    organizer: readOrganizer(fields.organizer_email || null, fields.organizer_name),
    attendees,
    updatedAt: fields.updated_at ?? listed.createdAt,
  }
  return { event, unreadable }
})
